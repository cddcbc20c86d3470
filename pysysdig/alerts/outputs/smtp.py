"""Alerts as mail. Keys: `hostport`, `tls` (STARTTLS), `authmechanism` (plain, none), `user`, `password`, `from`, `to` (with
commas), `outputformat` (html, text).

The Message-ID is made of the uuid. What is in an alert never ends up as a header of its own.
"""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate
from html import escape
from typing import TYPE_CHECKING

from pysysdig.alerts.forward import Forward, output_text, plain, rfc3339
from pysysdig.alerts.outputs.base import Refused, Setting
from pysysdig.alerts.outputs.teams import COLOURS
from pysysdig.errors import PysysdigError
from pysysdig.rules.model import PRIORITIES

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

_TIMEOUT = 20.0


class Output(Forward):
    """See the module."""

    one_by_one = True

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        host, _, port = self.required("hostport").rpartition(":")
        self._host, self._port = (host, int(port)) if host and port.isdigit() else (self.required("hostport"), 25)
        self._from = self.required("from")
        self._to = [word.strip() for word in self.required("to").split(",") if word.strip()]
        self._html = self.choice("outputformat", "html", "text") == "html"
        self._auth = self.choice("authmechanism", "plain", "none") != "none" and bool(self.text("user"))

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        where = f"{self.name}: {self._host}:{self._port}"
        try:
            with smtplib.SMTP(self._host, self._port, timeout=_TIMEOUT) as server:
                if self.flag("tls", True):
                    server.starttls(context=self.tls().context())
                if self._auth:
                    server.login(self.text("user"), self.text("password"))
                for alert in map(self.completed, alerts):
                    server.send_message(self.message(alert), self._from, self._to)
        except smtplib.SMTPResponseException as error:
            said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
            text = f"{where}: {error.smtp_code} {said}"
            raise (Refused(text) if 500 <= error.smtp_code < 600 and error.smtp_code != 530 else PysysdigError(text)) from None
        except smtplib.SMTPRecipientsRefused as error:
            raise Refused(f"{where}: nobody is taken of {', '.join(error.recipients)}") from None
        except (OSError, smtplib.SMTPException) as error:
            raise PysysdigError(f"{where}: {error}") from None

    def message(self, alert: Alert) -> EmailMessage:
        """The mail about an alert."""
        mail = EmailMessage()
        mail["Subject"] = " ".join(f"[{PRIORITIES[alert.priority]}] {output_text(alert)}".split())[:500]
        mail["From"], mail["To"] = self._from, ", ".join(self._to)
        mail["Date"] = formatdate(alert.time / 1e9)
        if alert.uuid:
            mail["Message-ID"] = f"<{alert.uuid}@pysysdig>"
        known = {
            "Priority": PRIORITIES[alert.priority],
            "Output": output_text(alert),
            "Rule": alert.rule,
            "Source": alert.source,
            "Hostname": alert.hostname,
            "Tags": ", ".join(sorted(alert.tags)),
            "Time": rfc3339(alert.time),
        }
        fields = {name: plain(value) for name, value in sorted(alert.fields.items())}
        body = [f"{name}: {value}" for name, value in known.items()] + ["", "--Fields--", ""]
        mail.set_content("\n".join([*body, *(f"{name}: {value}" for name, value in fields.items())]) + "\n")
        if self._html:
            rows = "".join(f"<tr><th>{escape(n)}</th><td>{escape(v)}</td></tr>\n" for n, v in (*known.items(), *fields.items()))
            border = f"border-left: 6px solid #{COLOURS[alert.priority]}"
            mail.add_alternative(f'<html><body><table style="{border}">\n{rows}</table></body></html>\n', subtype="html")
        return mail
