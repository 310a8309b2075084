"""Writes what is generated: the dashboards' JSON and the tables of the README.

Run it as `python -m dashboards.source` after a change of the catalog, of a dashboard or of
an alert.
"""

from dashboards.source import generated

if __name__ == "__main__":
    for path, content in generated.everything().items():
        path.write_text(content)
        print(path.relative_to(generated.FOLDER))
