"""Playing a point of the torture on the laboratory."""
import time

import psycopg2
from lab import WorkerError
from sink import TIMEOUT
from torture_check import Expectation

#: What a process may end with when the world breaks around it; anything else is a defect.
_EXPECTED = frozenset({
    'OperationalError', 'InterfaceError', 'DatabaseError', 'AdminShutdown', 'SerializationFailure',
    'LockError', 'LockNotAvailable', 'UserError', 'OSError', 'UniqueViolation', 'CrashShutdown',
    'PoolError', 'ConnectionError', 'DeadlockDetected', 'IdleInTransactionSessionTimeout'})
#: Rounds of recovery until every letter has found its end.
_ROUNDS = 8


class Play:
    """One point, from the stage to the verdict."""

    def __init__(self, lab, point, server=None):
        self._lab, self._point, self._server = lab, point, server
        self._expected = Expectation(point.customers, lambda number: 200.0 - number)
        self.defects = []

    def run(self):
        """Play it; return sentences about what is lost, doubled, wrong or defect."""
        lab = self._lab
        lab.sink.clear()
        lab.sink.start()
        lab.confirmed = frozenset()
        lab.reset()
        self._plan()
        for event in self._point.before:
            self._note(event, is_certain=True)
            self._result(self._start_event(event))
        self._spoil_mail()
        self._send()
        self._mend_mail()
        self._recover()
        return [*self.defects, *self._judge()]

    # Planning -----------------------------------------------------------------------------------

    def _plan(self):
        blow = self._point.planner
        if blow:
            worker = self._lab.start(
                'plan', customers=self._point.customers, is_sent=True, holds=blow.holds)
            worker.settle(2 if blow.holds else blow.seconds)
            if not blow.is_killed:
                self._result(worker)
                return
            self._kill(worker)
        self._lab.do('plan', customers=self._point.customers, is_sent=True)

    # Sending ------------------------------------------------------------------------------------

    def _send(self):
        lab, point = self._lab, self._point
        senders = [
            (lab.start('send_rounds', number=2, holds=blow.holds, faults=blow.faults), blow)
            for blow in point.senders]
        for worker, blow in senders:
            if blow.holds:
                worker.settle(.8)                        # on a busy machine it comes later
        events = []
        for event in point.during:
            self._note(event, is_certain=False)
            events.append(self._start_event(event))
        self._break_database()
        for worker, blow in senders:
            if blow.is_killed:
                if not blow.holds:
                    time.sleep(blow.seconds)
                self._kill(worker)
        for worker, blow in senders:
            if not blow.is_killed:
                self._result(worker)
        for worker in events:
            self._result(worker)

    def _kill(self, worker):
        if worker._finished is not None:
            return
        try:
            worker.kill()
        except (AssertionError, OSError):       # it has ended by itself meanwhile
            return
        self._lab.wait_gone(worker)

    def _start_event(self, event):
        kind, customer, amount = event
        if kind == 'pay':
            return self._lab.start('pay', customer=customer)
        if kind == 'pay_part':
            return self._lab.start('pay', customer=customer, amount=amount)
        if kind == 'credit':
            return self._lab.start('credit_note', customer=customer, amount=amount)
        if kind == 'take_out':
            return self._lab.start('take_out', customer=customer)
        days = 1 if kind == 'second_run' else 0
        return self._lab.start('plan', customers=self._point.customers, days=days, is_sent=True)

    def _note(self, event, is_certain):
        kind, customer, amount = event
        if kind == 'pay':
            self._expected.book(customer, 1000.0, is_certain)
        elif kind in ('pay_part', 'credit'):
            self._expected.book(customer, amount, is_certain)

    def _result(self, worker):
        """Let a process go to its end, and note what is a defect."""
        try:
            if worker.is_held:
                worker.go()
            while worker.settle(TIMEOUT):
                worker.go()
            return worker.result()
        except WorkerError as error:
            if error.name not in _EXPECTED:
                self.defects.append(f"defect: {error}")
        except (AssertionError, OSError):
            pass                                         # it was cut off
        return None

    # The world ----------------------------------------------------------------------------------

    def _spoil_mail(self):
        sink = self._lab.sink
        for customer, (stage, answer) in self._point.mail.items():
            address = f'c{customer}@example.com'
            if stage == 'KEPT':
                sink.lies[address] = answer
            else:
                sink.replies[stage, address] = answer
        if self._point.server == 'down':
            sink.stop()
        elif self._point.server:
            setattr(sink, self._point.server, "421 4.3.2 Closing for maintenance")

    def _mend_mail(self):
        sink = self._lab.sink
        sink.replies.clear()
        sink.lies.clear()
        sink.greeting = sink.sender_reply = None
        sink.start()

    def _break_database(self):
        kind = self._point.database
        if kind == 'crash' and self._server:
            self._lab.disconnect()
            self._server.crash()
            self._lab._connect()
        elif kind:
            self._lab.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                          "WHERE datname = current_database() AND pid != pg_backend_pid()")

    # The end ------------------------------------------------------------------------------------

    def _recover(self):
        """Let clerks and scheduler work until every letter has found its end; plan the rest."""
        is_rest_planned = False
        for _round in range(_ROUNDS):
            uids = [mail['Message-Id'] for mail in self._lab.sink.mails]
            left = self._lab.do('recover', accepted=uids)
            if left == 0:
                if is_rest_planned:
                    return
                self._lab.do('plan_rest', customers=self._point.customers)
                is_rest_planned = True
        self.defects.append(f"lost: {left} letters find no end: " + str(self._lab.sql(
            "SELECT state, note, count(*) FROM dunning_letter "
            "WHERE state NOT IN ('sent', 'cancelled') GROUP BY 1, 2")))

    def _judge(self):
        lab = self._lab
        recorded, final = lab.do('verdict')
        final = {int(key): value for key, value in final.items()}
        mails = [(int(mail['X-Rcpt'][1:].split('@')[0]), mail) for mail in lab.sink.mails
                 if mail['X-Rcpt'][1].isdigit()]
        faults = self._expected.find_wrong(
            [one for one in mails if one[0] in self._point.customers], final, recorded)
        try:
            lab.check()
        except AssertionError as error:
            faults.append(f"wrong: {error}")
        return faults


def play(lab, point, server=None):
    """Play a point; return sentences about what went wrong, none when it held."""
    try:
        return Play(lab, point, server).run()
    except (AssertionError, WorkerError, OSError, psycopg2.Error) as error:
        return [f"defect: {type(error).__name__}: {error}"]
