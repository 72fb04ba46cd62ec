"""The two ways to a server: JSON-2, Odoo 19's own, and XML-RPC, for as long as servers have it.

Both carry the same calls, and raise the same errors.
"""

import json
import re
import time
import xmlrpc.client
from urllib.parse import urlsplit

import requests

from .errors import AuthError, NotFound, Refused, ServerError, Unreachable

MODEL = 'dunning.remote'
#: A server that is being restarted, or has too much to do: asking again may help.
_BUSY = (429, 502, 503, 504)
_TRIES = 4
_MOST_PAUSE = 30
_NO_DATABASE = re.compile(r'database "?[^"\n]*"? does not exist', re.I)


class Transport:
    """Calls methods of the server; see `call`.

    :param url: address of the server, such as https://odoo.example.com
    :param db: name of the database
    :param api_key: key of the account (*My Profile ▸ Account Security ▸ API Keys*)
    :param timeout: seconds to wait for an answer
    :param sleep: how to wait before a call is repeated
    """

    def __init__(self, url, db, api_key, *, timeout=60.0, sleep=time.sleep):
        parts = urlsplit(url)
        if parts.scheme not in ('http', 'https') or not parts.netloc:
            raise ValueError(f"{url!r} is no address of a server, such as https://odoo.example.com")
        self.url, self.db, self.timeout = url.rstrip('/'), db, timeout
        self._api_key, self._sleep = api_key, sleep
        self._session = requests.Session()
        # Proxies of the environment count, a password in a .netrc does not.
        self._session.auth = _KeyOnly()

    def close(self):
        """Give the connections back."""
        self._session.close()

    def call(self, method, arguments, *, lang="", is_read=True):
        """Return what a method of the server returns.

        A call that only reads is repeated when no answer comes, or the server is busy.

        :param arguments: by name
        :param lang: language of the sentences, such as de_DE
        :raise DunningError: see `errors`
        """
        tries = _TRIES if is_read else 1
        for attempt in range(1, tries + 1):
            try:
                response = self._send(method, arguments, lang)
            except requests.RequestException as error:
                if attempt == tries or not _may_pass(error):
                    raise Unreachable(
                        f"No answer from {self.url}: {_say(error)}", repr(error),
                        arguments.get('call_key') or "") from error
                self._sleep(2.0 ** (attempt - 1))
                continue
            if response.status_code not in _BUSY or attempt == tries:
                break
            self._sleep(_get_pause(response, attempt))
        if response.status_code in _BUSY:
            raise Unreachable(
                f"{self.url} is busy (status {response.status_code}).", response.text[:2000],
                arguments.get('call_key') or "")
        return self._read(response)

    def _send(self, method, arguments, lang):
        raise NotImplementedError

    def _read(self, response):
        raise NotImplementedError

    def _post(self, path, data, headers):
        return self._session.post(
            f"{self.url}{path}", data=data, headers=headers, timeout=(10, self.timeout),
            allow_redirects=False)

    def _complain(self, response):
        """Raise what an answer means that is none of Odoo's."""
        if response.is_redirect:
            raise ServerError(
                f"{self.url} sends us to {response.headers.get('Location')}: please use that "
                "address.")
        raise ServerError(
            f"{self.url} answered (status {response.status_code}), but not as Odoo 19 does.",
            response.text[:2000])


class Json2(Transport):
    """`POST /json/2/<model>/<method>`: an API key is all that it needs."""

    def _send(self, method, arguments, lang):
        body = {**arguments, 'context': {'lang': lang} if lang else {}}
        return self._post(f"/json/2/{MODEL}/{method}", json.dumps(body).encode(), {
            'Authorization': f"bearer {self._api_key}",
            'Content-Type': "application/json; charset=utf-8",
            'X-Odoo-Database': self.db,
        })

    def _read(self, response):
        try:
            answer = response.json()
        except ValueError:
            if response.status_code == 404:
                raise NotFound(
                    f"{self.url} has no database {self.db!r}.", response.text[:2000]) from None
            if response.status_code == 401:
                raise AuthError("The server does not know this API key.") from None
            self._complain(response)
        if response.status_code == 200:
            return answer
        if not isinstance(answer, dict) or 'message' not in answer:
            self._complain(response)
        name, message = answer.get('name') or "", answer['message']
        debug = answer.get('debug') or ""
        if response.status_code == 401:
            raise AuthError("The server does not know this API key.", debug)
        if name.startswith('odoo.exceptions.'):
            raise _make_error(name.rpartition('.')[2], message, debug)
        if response.status_code == 404:
            raise ServerError(_say_missing(self.url), debug or message)
        raise ServerError(f"The server failed: {message}", debug)


class XmlRpc(Transport):
    """`/xmlrpc/object`, which Odoo 20 or 22 takes away: needs the login besides the key."""

    def __init__(self, url, db, api_key, *, login, **options):
        super().__init__(url, db, api_key, **options)
        if not login:
            raise ValueError("XML-RPC needs the login of the account, besides its API key.")
        self._login, self._uid = login, None

    def call(self, method, arguments, *, lang="", is_read=True):
        # EXTENDS Transport: who we are is asked once
        if self._uid is None:
            self._uid = super().call('', {}, is_read=True)
            if not self._uid:
                self._uid = None
                raise AuthError("The server does not know this login and API key.")
        return super().call(method, arguments, lang=lang, is_read=is_read)

    def _send(self, method, arguments, lang):
        if not method:
            path, values = '/xmlrpc/common', ('authenticate', (
                self.db, self._login, self._api_key, {}))
        else:
            named = {**arguments, 'context': {'lang': lang} if lang else {}}
            path, values = '/xmlrpc/object', ('execute_kw', (
                self.db, self._uid, self._api_key, MODEL, method, [], named))
        data = xmlrpc.client.dumps(values[1], values[0])
        return self._post(path, data.encode(), {'Content-Type': "text/xml; charset=utf-8"})

    def _read(self, response):
        if response.status_code != 200:
            self._complain(response)
        try:
            [answer], _method = xmlrpc.client.loads(response.content)
        except xmlrpc.client.Fault as fault:
            raise self._make_fault(fault) from None
        except Exception:
            self._complain(response)
        return answer

    def _make_fault(self, fault):
        """Return the error that a fault means; its code carries the name and the sentence."""
        code, debug = str(fault.faultCode), str(fault.faultString)
        found = re.match(r'warning -- (\w+)\n\n(.*)', code, re.S)
        if found:
            return _make_error(found[1], found[2], debug)
        if code == 'AccessDenied':
            return AuthError("The server does not know this login and API key.", debug)
        if _NO_DATABASE.search(code):
            return NotFound(f"{self.url} has no database {self.db!r}.", debug)
        if f"Object {MODEL} doesn't exist" in code:
            return ServerError(_say_missing(self.url), debug)
        return ServerError(f"The server failed: {code.strip().splitlines()[-1]}", debug)


class _KeyOnly(requests.auth.AuthBase):
    """Adds nothing to a request."""

    def __call__(self, request):
        return request


def _make_error(name, message, debug):
    """Return the error for one of Odoo's exceptions."""
    if name == 'MissingError':
        return NotFound(message, debug)
    if name == 'AccessDenied':
        return AuthError(message, debug)
    return Refused(message, debug)


def _say_missing(url):
    return (f"{url} does not know this: smart_dunning is not installed in the database, or older "
            "than this client.")


def _may_pass(error):
    """Tell whether it makes sense to try again."""
    return not isinstance(error, requests.exceptions.SSLError | requests.exceptions.InvalidURL)


def _say(error):
    """Return in a few words why no answer came."""
    if isinstance(error, requests.Timeout):
        return "it took too long."
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted here."
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the line was cut."
    if 'Connection refused' in str(error):
        return "nobody listens there."
    if 'resolve' in str(error) or 'Name or service' in str(error):
        return "the name is not known."
    return "the line was cut."


def _get_pause(response, attempt):
    """Return how many seconds a busy server wants us to wait."""
    wanted = response.headers.get('Retry-After', "")
    return min(float(wanted) if wanted.isdigit() else 2.0 ** (attempt - 1), _MOST_PAUSE)
