"""Dunning and credit holds of an Odoo server with smart_dunning, from afar.

    from smart_dunning_client import Client

    with Client("https://odoo.example.com", "production", key) as client:
        for status in client.status():
            print(status.company, [alarm.text for alarm in status.alarms])
        run = client.plan()
        client.approve(run.id)
        client.send(run.id)
        client.wait(run.id)
"""

from .client import Client
from .errors import AuthError, DunningError, NotFound, Refused, ServerError, Unreachable

__version__ = '2.0.0'
__all__ = [
    'AuthError', 'Client', 'DunningError', 'NotFound', 'Refused', 'ServerError', 'Unreachable']
