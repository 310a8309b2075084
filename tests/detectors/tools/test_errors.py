"""Results that report an error, and results that only look like it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.detectors.tools import errors, verbs

TRACE = """Loading 3 files
Traceback (most recent call last):
  File "/app/run.py", line 12, in <module>
    main()
  File "/app/run.py", line 7, in main
    total = sum(prices) / len(rows)
ZeroDivisionError: division by zero
"""
NOTEBOOK = """---------------------------------------------------------------------------
KeyError                                  Traceback (most recent call last)
Cell In[4], line 2
      1 table = load()
----> 2 table['colour']

KeyError: 'colour'"""
LONG_PAGE = (
    "The history of error correction. "
    + "Codes that correct errors were first described in 1950, when an exception was"
    " the rule: machines failed on weekends and nothing could be denied. " * 12
)
SOURCE = (
    "     1\timport json\n     2\tdef load(path):\n     3\t    try:\n"
    "     4\t        return json.load(open(path))\n     5\t    except ValueError as e:\n"
    '     6\t        raise RuntimeError(f"cannot load {path}") from e\n'
) * 6
REPORT = """============================= test session starts ==============================
collected 4 items

tests/test_cart.py .F..                                                  [100%]

=================================== FAILURES ===================================
E       AssertionError: assert 3 == 4
=========================== short test summary info ============================
FAILED tests/test_cart.py::test_total - AssertionError: assert 3 == 4
========================= 1 failed, 3 passed in 0.12s =========================="""
COLLECTION = """============================= test session starts ==============================
collected 0 items / 1 error
ERROR collecting tests/test_cart.py
E   ModuleNotFoundError: No module named 'cart'
=========================== 1 error in 0.08s ==================================="""

FAILED = [
    # protocols and fields
    ("get_weather", '{"error": "city unknown to us"}'),
    ("get_weather", '{"error": {"code": 17, "text": "bad key"}}'),
    ("get_weather", '{"errors": ["lat must be a number"]}'),
    ("get_weather", '{"success": false, "data": null}'),
    ("get_weather", '{"ok": false}'),
    ("get_weather", '{"status": "error", "message": "upstream is down"}'),
    ("get_weather", '{"status": 503, "message": "upstream is down"}'),
    ("get_weather", '{"statusCode": "404", "body": ""}'),
    ("get_weather", '{"code": 429, "message": "slow down"}'),
    ("bash", '{"stdout": "", "stderr": "boom", "exit_code": 2}'),
    ("bash", '{"output": "x", "returncode": 127}'),
    ("fetch", '{"content": [{"type": "text", "text": "gone"}], "isError": true}'),
    ("fetch", '[{"type": "text", "text": "Error: the page could not be loaded"}]'),
    ("fetch", '{"result": "Error: the page could not be loaded"}'),
    ("get_user", '{"detail": "Not authenticated"}'),
    ("get_user", "{'error': 'no user with that id'}"),
    ("get_user", '"Error: no user with that id"'),
    ("get_user", '{"error": "tim …[cut]… eout", "trace": "…'),
    # interpreters and shells
    ("python", TRACE),
    ("python", NOTEBOOK),
    (
        "python",
        "Cell In[1], line 1\n    def f(:\n          ^\nSyntaxError: invalid syntax",
    ),
    ("run_code", "1\n2\nNameError: name 'z' is not defined"),
    ("run_js", "TypeError: x is not a function\n    at main (/srv/a.js:3:9)"),
    ("execute_java", 'Exception in thread "main" java.lang.NullPointerException'),
    ("bash", "bash: foo: command not found"),
    ("bash", "/bin/sh: 1: jq: not found"),
    ("bash", "cat: notes.txt: No such file or directory"),
    ("bash", "ls: cannot access '/srv/x': No such file or directory"),
    ("bash", "fatal: not a git repository (or any of the parent directories): .git"),
    ("bash", "npm ERR! missing script: build"),
    ("bash", "make: *** [all] Error 2"),
    ("bash", "main.c:4:10: fatal error: curl.h: No such file or directory"),
    ("bash", "Compiling\nerror[E0425]: cannot find value `y` in this scope"),
    ("bash", "Segmentation fault (core dumped)"),
    ("bash", "working...\n[The command completed with exit code 2.]"),
    ("bash", "working...\nProcess exited with code 137"),
    ("bash", COLLECTION),
    ("bash", "timeout: command timed out after 30 seconds"),
    ("sql_query", 'ERROR: relation "orders" does not exist'),
    ("sql_query", 'Error executing query: no such column: "naem"'),
    # services
    ("fetch_url", "HTTP 404: Not Found"),
    ("fetch_url", "HTTP Error 403: Forbidden"),
    ("fetch_url", "404 Client Error: Not Found for url: http://example.com/x"),
    ("fetch_url", "Request failed with status code 500"),
    ("fetch_url", "503 Service Unavailable"),
    ("fetch_url", "Failed to fetch the page: connection refused"),
    ("call_api", "Rate limit exceeded, try again in 20 s"),
    ("call_api", "Unauthorized"),
    ("call_api", "Permission denied for this account"),
    ("call_api", "Connection reset by peer"),
    # tools for people
    ("delete_message", "Message not found."),
    ("get_invoice_by_id", "Invoice 4471 not found."),
    ("book_table", "Party size must be between 1 and 12."),
    ("book_table", "Sorry, that table is already booked."),
    ("create_ticket", "Priority is invalid. Please choose one of: low, high."),
    ("create_ticket", "Missing required parameter: title"),
    ("create_ticket", "Title not provided."),
    ("refund_order", "Error: an order that is pending cannot be refunded"),
    ("refund_order", "The order has already been refunded."),
    ("transfer_money", "Insufficient funds."),
    ("transfer_money", "Amount exceeds the daily limit."),
    ("no_such", "no_such is not a valid tool, try one of [a, b]."),
    ("no_such", "Unknown tool: no_such"),
    ("find_mail", "find_mail is not a valid tool, try one of [" + "mail.find, " * 15),
    ("no_such", "Tool no_such does not exist"),
    ("edit_file", "No replacement was performed: old_str did not appear in a.py."),
    ("edit_file", "String to replace not found in file."),
    ("edit_file", "<tool_use_error>File has not been read yet.</tool_use_error>"),
    (
        "edit",
        "Your proposed edit has introduced new syntax error(s). Read the message.",
    ),
    ("bash", "Your proposed edit has introduced new syntax error(s). Read it.\n" * 9),
    ("edit_file", "The edit was rejected: two places match.\n" + SOURCE),
    ("execute_sql", "no such column: naem"),
    ("execute_sql", "1146 (42S02): Table 'shop.order' doesn't exist"),
    ("execute_sql", "(1054, \"Unknown column 'naem' in 'field list'\")"),
    ("click", "TimeoutError: click: Timeout 500ms exceeded.\nCall log:\n- waiting"),
    (
        "bash",
        "python3: can't open file '/srv/x.py': [Errno 2] No such file or directory",
    ),
    ("search_flights", "Error: unknown airport code"),
    ("search_flights", "Invalid date format, use YYYY-MM-DD"),
    ("calculator", "Error: invalid characters in expression"),
    (
        "get_name",
        '2 validation errors:\n[{"type": "missing", "msg": "Field required"}]',
    ),
    ("db_lookup", "unknown key"),
    ("get_capital", "That country is not supported.\n\nFix it and try again."),
    ("click", "Element with id 14 is not clickable"),
]

FINE = [
    ("search_events", "No events found."),
    ("search_mail", "No emails matched the query."),
    ("search_docs", "0 results for 'timeout error'"),
    ("search_docs", "Nothing found"),
    ("find_file", "Found 0 matches"),
    ("find_customer", "Customer not found."),
    ("list_items", "[]"),
    ("list_items", "{}"),
    ("list_items", "null"),
    ("list_alerts", "There are no alerts to show."),
    ("get_slots", "No slots available on Monday."),
    ("get_user", '{"id": 7, "name": "Ada", "error": ""}'),
    ("get_user", '{"id": 7, "error": null, "errors": []}'),
    ("get_user", '{"success": true, "error": "none", "data": {"id": 7}}'),
    ("get_user", '{"status": 200, "message": "ok"}'),
    (
        "get_order",
        '{"id": "o1", "status": "failed", "total": 7, "items": [], "city": "B"}',
    ),
    ("get_stats", '{"errors": 3, "requests": 5000}'),
    ("get_model", '{"error": 0.031, "loss": 0.2}'),
    ("list_jobs", '[{"id": 1, "status": "error"}, {"id": 2, "status": "ok"}]'),
    ("bash", '{"stdout": "done", "stderr": "a warning", "exit_code": 0}'),
    ("fetch", '{"content": [{"type": "text", "text": "All good"}], "isError": false}'),
    ("fetch_page", LONG_PAGE),
    ("fetch_page", "Error handling\n" + LONG_PAGE),
    (
        "scrape_site",
        '"What is past cannot be changed." "Nobody can be denied a laugh that he'
        ' has not yet had." "A missing friend is never invalid."',
    ),
    ("search_tools", '{"tools": [], "message": "No matching tools found."}'),
    ("read_file", SOURCE),
    ("read_file", "INFO all is well\n" * 9 + TRACE),
    ("fetch_page", "Why does this fail?\n" + "It is asked often.\n" * 20 + TRACE),
    ("bash", SOURCE),
    ("edit_file", "The file a.py has been edited. Here is a part of it:\n" + SOURCE),
    ("send_mail", "Mail sent to ann.\nIf it fails you will be told.\n" * 6),
    ("bash", REPORT),
    ("bash", "Finished with 0 errors and 2 warnings"),
    ("bash", "Process finished with exit code 0"),
    ("bash", "[The command completed with exit code 1.]"),
    ("bash", "src/a.py:14: def on_error(self): ..."),
    ("bash", "errors.py\nexceptions.py\nfailed_jobs.csv"),
    ("bash", "INFO started\nINFO retry after failed attempt\nINFO done"),
    ("python", "[Executed Successfully with No Output]"),
    ("python", "The mean absolute error is 0.31"),
    ("python", "not found"),
    ("python", "Out[2]: {'invalid': 3, 'valid': 9}"),
    ("send_mail", "Mail sent."),
    ("cancel_booking", "Booking cancelled. No refund is due."),
    ("update_task", "Task updated successfully."),
    ("create_event", "00000300"),
    ("get_mail", '{"subject": "Build failed again", "body": "Error in step 3"}'),
    ("get_lyrics", "I was wrong, I was denied,\nmy heart could not be found.\n\n" * 4),
    ("run_tests", "All tests passed, no failures"),
    ("think", ""),
    ("calculate", "972.0"),
]


@pytest.mark.parametrize(("tool", "text"), FAILED, ids=lambda given: given[:40])
def test_is_an_error(tool: str, text: str) -> None:
    assert errors.read(text, verbs.kind(tool), None).failure is not None


@pytest.mark.parametrize(("tool", "text"), FINE, ids=lambda given: given[:40])
def test_is_no_error(tool: str, text: str) -> None:
    assert errors.read(text, verbs.kind(tool), None).failure is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("No records found.", id="words"),
        pytest.param("[]", id="list"),
        pytest.param('{"results": []}', id="field"),
    ],
)
def test_empty_result_is_told_from_a_full_one(text: str) -> None:
    assert errors.read(text, "search", None).is_empty


def test_protocols_flag_wins_over_words() -> None:
    told = errors.read("All fine here", "act", True)
    assert told.failure == errors.Failure("flag")


def test_flag_that_denies_outweighs_ordinary_words() -> None:
    assert errors.read("Table is already booked.", "act", False).failure is None


def test_flag_that_denies_does_not_outweigh_a_stack_trace() -> None:
    assert errors.read(TRACE, "run", False).failure is not None


@pytest.mark.parametrize(
    ("text", "proof"),
    [
        pytest.param('{"isError": true}', "flag", id="flag"),
        pytest.param('{"status": 500}', "status", id="status"),
        pytest.param('{"exit_code": 1}', "exit_code", id="exit code"),
        pytest.param('{"error": "x"}', "field", id="field"),
        pytest.param("Error: x", "text", id="text"),
        pytest.param("x\nexited with code 3", "exit_code", id="exit code in text"),
        pytest.param("HTTP 500", "status", id="status in text"),
    ],
)
def test_proof_is_the_surest_there_is(text: str, proof: str) -> None:
    found = errors.read(text, "other", None).failure
    assert found is not None
    assert found.proof == proof


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "status", "code", "result", "message", "type"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.text() | JSON.map(json.dumps), st.sampled_from(["search", "act", "run"]))
def test_any_result_is_read(text: str, kind: verbs.Kind) -> None:
    found = errors.read(text, kind, None)
    assert not (found.failure and found.is_empty)


def test_deep_nesting_is_read() -> None:
    assert errors.read("[" * 100_000, "act", None).failure is None
