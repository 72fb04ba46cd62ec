import itertools

from odoo import api, models
from odoo.exceptions import ValidationError

#: Where this module's name of a sender begins; the first one has nothing behind it.
_NAME = 'ir_cron_dunning_send'
#: A server that sends with more processes is better served by a second server.
MOST_SENDERS = 16


class IrCron(models.Model):
    """Several senders: the scheduler works on each record in one process at a time.

    The records themselves are the setting. They carry names of this module, marked as not to be
    updated, so that upgrades leave them alone and an uninstallation takes them away.
    """

    _inherit = 'ir.cron'

    @api.model
    def _get_dunning_senders(self):
        """Return the scheduled actions that send letters, the first one first."""
        names = self.env['ir.model.data'].sudo().search([
            ('module', '=', 'smart_dunning'), ('model', '=', self._name),
            '|', ('name', '=', _NAME), ('name', '=like', f'{_NAME}\\_%')], order='id')
        return self.sudo().browse(names.mapped('res_id')).exists()

    @api.model
    def _set_dunning_senders(self, number):
        """Keep so many scheduled actions that send letters; raises ValidationError."""
        if not 1 <= number <= MOST_SENDERS:
            raise ValidationError(self.env._(
                "Letters are sent by 1 to %(most)s processes at once.", most=MOST_SENDERS))
        senders = self._get_dunning_senders()
        if len(senders) == number:
            return
        if len(senders) > number:
            senders[number:]._remove_dunning_senders()
        # Whoever has deleted the first one wants nothing to be sent.
        if senders and len(senders) < number:
            taken = self._get_dunning_places()
            free = (place for place in itertools.count(2) if place not in taken)
            for place in itertools.islice(free, number - len(senders)):
                senders[0]._add_dunning_sender(place)

    @api.model
    def _get_dunning_places(self):
        """Return the numbers that names of senders have, or of what deleted ones left behind."""
        names = self.env['ir.model.data'].sudo().search([
            ('module', '=', 'smart_dunning'), ('name', '=like', f'{_NAME}\\_%')]).mapped('name')
        places = {name.removeprefix(f'{_NAME}_').partition('_')[0] for name in names}
        return {int(place) for place in places if place.isdigit()}

    def _remove_dunning_senders(self):
        """Take these senders away; one that is at work ends first (LockError: try again)."""
        self.lock_for_update()
        actions = self.ir_actions_server_id
        self.unlink()
        actions.unlink()

    def _add_dunning_sender(self, place):
        """Add a sender like this one, the so many-th."""
        sender = self.copy({'name': f"{self.name} ({place})", 'active': self.active})
        self.env['ir.model.data'].sudo().create([{
            'module': 'smart_dunning', 'name': f'{_NAME}_{place}{ending}', 'model': record._name,
            'res_id': record.id, 'noupdate': True,
        } for ending, record in (('', sender), ('_action', sender.ir_actions_server_id))])

    @api.model
    def _wake_dunning_sender(self, at=None):
        """Have letters sent, now or at a time; the first sender wakes others as it needs them."""
        for sender in self._get_dunning_senders()[:1]:
            sender._trigger(at)

    @api.model
    def _wake_dunning_helpers(self, bundles):
        """Wake as many of the other senders as there are bundles of letters for them."""
        for sender in self._get_dunning_senders()[1:][:max(0, bundles - 1)]:
            sender._trigger()
