"""What can go wrong between here and the server, the same by every transport."""


class DunningError(Exception):
    """Something did not work; the text is a sentence for people.

    ``exit_code`` is what the command ends with, ``debug`` what only developers want to read.
    """

    exit_code = 5

    def __init__(self, message, debug=""):
        super().__init__(message)
        self.debug = debug


class AuthError(DunningError):
    """The server does not know this key, or this login."""

    exit_code = 3


class NotFound(DunningError):
    """What was named is not there, or not for this account: a run, a customer, a database."""

    exit_code = 4


class Refused(DunningError):
    """The server understood, and says why not."""

    exit_code = 1


class ServerError(DunningError):
    """The server answered, but not as a server with smart_dunning does."""


class Unreachable(DunningError):
    """No answer came: whether a call that changes something was done is not known.

    ``call_key`` repeats it without doing anything twice, empty for calls that change nothing.
    """

    def __init__(self, message, debug="", call_key=""):
        super().__init__(message, debug)
        self.call_key = call_key
