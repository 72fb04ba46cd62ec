"""What the system alone writes, and what people may write all the same."""


def get_chatter_fields(record):
    """Return the fields of messages and activities, which people write through the chatter."""
    env = record.env
    return env['mail.thread']._fields.keys() | env['mail.activity.mixin']._fields.keys()
