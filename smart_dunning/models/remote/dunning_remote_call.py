import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: Nobody repeats a call after so many days.
_KEPT_DAYS = 30
_MOST_KEY = 100


class DunningRemoteCall(models.Model):
    """A call that changed something, with its answer: who repeats it gets that answer again."""

    _name = 'dunning.remote.call'
    _description = "Call of a Remote Client"
    _order = 'id desc'
    _rec_name = 'method'

    user_id = fields.Many2one('res.users', required=True, readonly=True, ondelete='cascade')
    key = fields.Char("Client Key", required=True, readonly=True)
    method = fields.Char(required=True, readonly=True)
    arguments = fields.Json(readonly=True)
    result = fields.Json(readonly=True)

    _user_key_uniq = models.UniqueIndex(
        '(user_id, key)', "A call with this key was made already.")

    @api.autovacuum
    def _gc_calls(self):
        """Forget calls that nobody repeats any more."""
        self.search([
            ('create_date', '<', fields.Datetime.now() - timedelta(days=_KEPT_DAYS)),
        ], limit=100_000).unlink()


class DunningRemote(models.AbstractModel):
    _inherit = 'dunning.remote'

    @api.model
    def _once(self, key, method, arguments, work):
        """Return what `work()` returns, or returned when the same call was made before.

        Two calls with one key at the same time: the second waits for the first at the unique
        index, and Odoo starts it anew, so that it finds the answer.

        :param key: text that the client has made up for this call; False: not repeatable
        :param arguments: what the call was made with, to tell another call with the same key
        :raise UserError: when the key was used for another call
        """
        if not key:
            return work()
        if not isinstance(key, str) or len(key) > _MOST_KEY:
            raise UserError(self.env._(
                "A client key is a text of at most %(most)s characters.", most=_MOST_KEY))
        arguments = json.loads(json.dumps(arguments, default=str, sort_keys=True))
        calls = self.env['dunning.remote.call'].sudo()
        calls.flush_model()
        made = self.env.execute_query(SQL(
            """
            INSERT INTO dunning_remote_call (user_id, key, method, arguments, create_uid,
                                             create_date, write_uid, write_date)
            VALUES (%(user)s, %(key)s, %(method)s, %(arguments)s, %(user)s,
                    now() at time zone 'UTC', %(user)s, now() at time zone 'UTC')
            ON CONFLICT (user_id, key) DO NOTHING RETURNING id
            """, user=self.env.uid, key=key, method=method, arguments=json.dumps(arguments)))
        if made:
            call = calls.browse(made[0][0])
            call.result = work()
            return call.result
        call = calls.search([('user_id', '=', self.env.uid), ('key', '=', key)])
        if (call.method, call.arguments) != (method, arguments):
            raise UserError(self.env._(
                "The client key %(key)s was used for another call already.", key=key))
        return call.result
