from pathlib import Path

from lxml import etree

from odoo.tests import BaseCase, tagged

from ..logic import handover_record
from ..logic.handover_record import Agreement, Charge, Claim, File, Letter, Party, Payment, Record
from .hypothesis_speed import spare_hypothesis

try:
    from hypothesis import given, settings
    from hypothesis import strategies as st
except ImportError:  # a user who runs our tests without the developers' tools
    st = None

_SCHEMA = Path(__file__).resolve().parents[1] / 'static/schema/handover-1.xsd'


if st:
    _TEXT = st.text(max_size=200)
    _HOSTILE = st.sampled_from([
        "<b>&amp;]]>", "=1+1", "+SUM(A1)", "@cmd", "-2+3", "a;b\"c'", "x\r\ny", "\tz", "😀 مرحبا",
        "\x00\x0b", "\u202eevil", "N" * 200, "\ud800", "\ufffe"])
    _NAME = st.one_of(_HOSTILE, _TEXT)
    _AMOUNT = st.decimals(0, 10**9, places=2).map(str)
    _PARTY = st.builds(Party, name=_NAME, street=_NAME, city=_NAME, kind=st.sampled_from(
        ['', 'person', 'company']))
    _CLAIM = st.builds(
        Claim, number=_NAME, subject=_NAME, original=_AMOUNT, open=_AMOUNT,
        delivered=st.sampled_from(['yes', 'unknown']), due=st.dates().map(str).filter(
            lambda text: len(text) == 10),
        payments=st.lists(st.builds(Payment, amount=_AMOUNT), max_size=2).map(tuple))
    _RECORD = st.builds(
        Record, number=st.just("HO/1"), currency=st.just("EUR"), note=_NAME, creditor=_PARTY,
        agency=_PARTY, debtor=_PARTY, claims=st.lists(_CLAIM, max_size=3).map(tuple),
        charges=st.lists(
            st.builds(Charge, kind=st.just('fee'), claim=_NAME), max_size=2).map(tuple),
        letters=st.lists(st.builds(Letter, number=_NAME, level=_NAME), max_size=2).map(tuple),
        agreements=st.lists(
            st.builds(Agreement, kind=st.just('promise'), text=_NAME), max_size=1).map(tuple),
        files=st.lists(st.builds(
            File, name=_NAME, kind=st.just('letter'), sha256=st.just('0' * 64)),
            max_size=1).map(tuple))

    @tagged('post_install', '-at_install')
    class TestHandoverProperties(BaseCase):
        """Whatever people have typed: valid XML, the same records again, no formula."""

        @classmethod
        def setUpClass(cls):
            super().setUpClass()
            spare_hypothesis()
            cls.schema = etree.XMLSchema(etree.parse(_SCHEMA))

        @settings(max_examples=60, deadline=None)
        @given(_RECORD)
        def test_round_trip(self, record):
            record = handover_record.clean(record)
            content = handover_record.to_xml(record)
            self.assertTrue(
                self.schema.validate(etree.fromstring(content)), self.schema.error_log)
            self.assertEqual(handover_record.from_xml(content), record)

        @settings(max_examples=200, deadline=None)
        @given(_NAME)
        def test_no_cell_is_a_formula(self, text):
            cell = handover_record.defuse(handover_record.clean_text(text))
            self.assertNotIn(cell[:1], tuple('=+-@\t\r\n'))
            self.assertNotIn('\n', cell)
