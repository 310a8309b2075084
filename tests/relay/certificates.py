"""Certificates made for a test: an authority, a server's and a client's."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificates:
    """Files that settings name, and contexts for the raw peers."""

    folder: Path
    authority: trustme.CA

    @classmethod
    def made_in(cls, folder: Path) -> "Certificates":
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        made = cls(folder, authority)
        for name in ("server", "client"):
            issued = authority.issue_cert(
                "localhost", "127.0.0.1", "::1", name + ".test"
            )
            issued.private_key_pem.write_to_path(str(folder / f"{name}.key"))
            for blob in issued.cert_chain_pems:
                blob.write_to_path(str(folder / f"{name}.pem"), append=True)
        return made

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def server(self, *, ask_client: bool = False) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.path("server.pem"), self.path("server.key"))
        if ask_client:
            context.load_verify_locations(self.path("ca.pem"))
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def client(self, *, present: bool = False) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.path("ca.pem"))
        if present:
            context.load_cert_chain(self.path("client.pem"), self.path("client.key"))
        return context
