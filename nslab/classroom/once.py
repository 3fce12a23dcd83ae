"""The hub's page behind a link that is good once: a button, which signs in as the login page's does.

That the page is fetched does not use the link up: mail programs and chats look at what is sent by them.
"""

from __future__ import annotations

from html import escape

from jupyterhub.handlers import BaseHandler

from nslab.classroom.links import KEY

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title>
<style>body {{ font: 18px system-ui, sans-serif; text-align: center; margin-top: 20vh; color-scheme: light dark; }}
button {{ font: inherit; padding: 0.5em 2em; }}</style>
<form action="{action}" method="post"><input type="hidden" name="_xsrf" value="{xsrf}">
<input type="hidden" name="username" value=""><input type="hidden" name="{field}" value="{key}">
<p>This link signs you in once.</p><button autofocus>Sign in</button></form></html>
"""


class Once(BaseHandler):  # type: ignore[misc, unused-ignore]
    """`/hub/once?key=…`."""

    def get(self) -> None:
        key = self.get_query_argument(KEY, "")
        xsrf = self.xsrf_token.decode("ascii")
        self.set_header("Referrer-Policy", "no-referrer")
        self.finish(PAGE.format(action=f"{self.hub.base_url}login", xsrf=escape(xsrf), field=KEY, key=escape(key)))
