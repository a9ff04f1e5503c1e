"""What the server reads: no federation, no limits, cheap passwords, everything in one folder."""

from __future__ import annotations

from pathlib import Path

SHARED_SECRET = "tests-may-register"  # of a server that lives for one test run, on this machine only

_PLENTY = "{per_second: 10000, burst_count: 10000}"

# A repeated first sync is answered anew rather than from a copy, which would hide a bot that never catches up.
_HOMESERVER = """\
server_name: localhost
public_baseurl: http://127.0.0.1:{port}/
report_stats: false
pid_file: {folder}/homeserver.pid
signing_key: ed25519 test {signing_key}
media_store_path: {folder}/media
log_config: {folder}/log.yaml
listeners:
  - {{port: {port}, type: http, bind_addresses: [127.0.0.1], resources: [{{names: [client]}}]}}
database: {{name: sqlite3, args: {{database: "{folder}/homeserver.db"}}}}
registration_shared_secret: {secret}
macaroon_secret_key: test
form_secret: test
bcrypt_rounds: 4
enable_registration: false
trusted_key_servers: []
suppress_key_server_warning: true
federation_domain_whitelist: []
use_presence: false
url_preview_enabled: false
max_upload_size: 10M
caches: {{sync_response_cache_duration: 0s}}
rc_message: {messages}
rc_registration: {plenty}
rc_login: {{address: {plenty}, account: {plenty}, failed_attempts: {plenty}}}
rc_admin_redaction: {plenty}
rc_joins: {{local: {plenty}, remote: {plenty}}}
rc_joins_per_room: {plenty}
rc_invites: {{per_room: {plenty}, per_user: {plenty}, per_issuer: {plenty}}}
rc_media_create: {plenty}
rc_room_creation: {plenty}
"""

_LOG = """\
version: 1
formatters: {{plain: {{format: "%(asctime)s %(name)s %(levelname)s %(request)s %(message)s"}}}}
handlers: {{file: {{class: logging.FileHandler, formatter: plain, filename: "{folder}/homeserver.log"}}}}
root: {{level: INFO, handlers: [file]}}
disable_existing_loggers: false
"""


def write(folder: Path, port: int, messages: str = _PLENTY) -> None:
    """`messages` is how often one account may send, in Synapse's notation."""
    values = {
        "folder": folder,
        "port": port,
        "secret": SHARED_SECRET,
        "plenty": _PLENTY,
        "messages": messages,
        "signing_key": "A" * 43,
    }
    (folder / "homeserver.yaml").write_text(_HOMESERVER.format(**values))
    (folder / "log.yaml").write_text(_LOG.format(folder=folder))
