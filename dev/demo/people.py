"""Who is in the demo: customers of all kinds, the way they pay, and what is special about some.

Names and addresses are made up; mail addresses end in the reserved ``.example``.
"""

from dataclasses import dataclass

# How a customer pays: from and to days after the due date; None: he does not.
HABITS = {
    'prompt': (-6, 1),
    'late': (5, 14),
    'slow': (20, 40),
    'partial': (4, 12),        # a part of it; the rest much later, or never
    'never': None,
}


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer: `kind` is business, consumer or public; `stop` the age in days of the oldest
    due date that he leaves unpaid (for the habit `never`); `special` names his part in the story.
    """

    key: str
    kind: str
    name: str
    street: str
    place: str                  # "12345 City" or, abroad, "City, 12345"
    habit: str
    invoices: int
    low: float                  # net amounts of his invoices, in his currency
    high: float
    term: str = 'net14'
    country: str = 'de'
    lang: str = 'de_DE'
    contact: str = ''           # name of his invoice contact
    stop: int = 0
    special: str = ''

    @property
    def postcode(self):
        """The postcode of his place."""
        return self.place.split(" ", 1)[0] if self.country in ('de', 'at', 'fr') \
            else self.place.split(", ")[1]

    @property
    def city(self):
        """The city of his place."""
        return self.place.split(" ", 1)[1] if self.country in ('de', 'at', 'fr') \
            else self.place.split(", ")[0]


def _business(*args, **kwargs):
    return Customer(args[0], 'business', *args[1:], **kwargs)


def _consumer(*args, **kwargs):
    return Customer(args[0], 'consumer', *args[1:], **kwargs)


def _public(*args, **kwargs):
    return Customer(args[0], 'public', *args[1:], **{'term': 'net30', **kwargs})


MAIN = (
    _business('mueller', "Müller & Söhne Metallbau GmbH", "Industriestraße 14", "50825 Köln",
              'prompt', 10, 400, 6000, contact="Sandra Kühn", special='forgotten'),
    _business('weiss', "Weiß Präzisionsteile KG", "Am Güterbahnhof 3", "42103 Wuppertal",
              'late', 9, 300, 4500, contact="Rainer Weiß"),
    _business('schroeder', "Schröder Anlagenbau GmbH & Co. KG", "Hafenallee 88",
              "47119 Duisburg", 'never', 8, 2500, 21000, 'net30', contact="Ute Jäger", stop=37),
    _business('boehm', "Böhm Holzverarbeitung e. K.", "Sägewerkweg 2", "57072 Siegen",
              'never', 7, 180, 1900, stop=43),
    _business('koenig', "König Fahrzeugtechnik GmbH", "Otto-Hahn-Ring 21", "38440 Wolfsburg",
              'slow', 8, 800, 9500, 'net30', contact="Meike Sander"),
    _business('gross', "Großhandel Yılmaz OHG", "Marktstraße 55", "44135 Dortmund",
              'late', 9, 120, 1500),
    _business('baecker', "Bäckerei Öhlschläger & Söhne OHG", "Kirchgasse 7", "53111 Bonn",
              'never', 6, 60, 480, stop=30, special='no_email'),
    _business('lorenz', "Lorenz Werbetechnik UG (haftungsbeschränkt)", "Ackerstraße 140",
              "40233 Düsseldorf", 'never', 6, 150, 1400, stop=60),
    _business('hansen', "Hansen Schiffsausrüstung GmbH", "Kaiufer 9", "24103 Kiel",
              'partial', 7, 900, 7800, 'net30', contact="Jörn Hansen"),
    _business('pfeiffer', "Pfeiffer Klimatechnik GmbH", "Lindenweg 31", "70565 Stuttgart",
              'late', 8, 500, 5200, 'instalments', contact="Timo Pfeiffer"),
    _business('zimmermann', "Zimmermann Gerüstbau GmbH", "Gewerbepark 4", "04347 Leipzig",
              'never', 6, 700, 6400, 'instalments', stop=47),
    _business('kaya', "Kaya Gebäudereinigung GmbH", "Rheinstraße 78", "55116 Mainz",
              'slow', 8, 90, 900),
    _business('arndt', "Arndt Medizintechnik GmbH", "Forschungsallee 10", "91058 Erlangen",
              'prompt', 9, 1200, 24500, 'net30', contact="Dr. Lena Arndt"),
    _business('straub', "Straub Landmaschinen GmbH", "Dorfstraße 1", "88400 Biberach an der Riß",
              'partial', 6, 600, 4200, special='blocked_address'),
    _business('becker', "Becker & Partner Architekten mbB", "Königsallee 60", "40212 Düsseldorf",
              'never', 5, 300, 2600, stop=26, special='paused'),
    _business('vogel', "Vogel Eventtechnik GmbH", "Messeplatz 5", "60327 Frankfurt am Main",
              'slow', 6, 450, 3900, special='covered'),
    _business('reuter', "Reuter Kunststofftechnik GmbH", "Chemiestraße 12", "51368 Leverkusen",
              'prompt', 5, 350, 3000, special='typo'),
    _business('hofer', "Hofer Maschinenbau Ges.m.b.H.", "Puntigamer Straße 120", "8055 Graz",
              'late', 7, 800, 8800, 'net30', 'at', contact="Mag. Eva Hofer"),
    _business('alpen', "Hotel Alpenblick Betriebs GmbH", "Höhenstraße 17", "6020 Innsbruck",
              'never', 5, 240, 2200, country='at', stop=22),
    _business('lefevre', "Ateliers Lefèvre SARL", "18 rue de la République", "69002 Lyon",
              'never', 6, 500, 5600, 'net30', 'fr', 'fr_FR', "Hélène Lefèvre", 44),
    _business('girard', "Établissements Girard SAS", "4 quai des Bateliers", "67000 Strasbourg",
              'late', 6, 300, 3100, 'net30', 'fr', 'fr_FR'),
    _business('thornbury', "Thornbury Engineering Ltd", "22 Harbour Road", "Bristol, BS1 6QU",
              'never', 6, 900, 7200, 'net30', 'gb', 'en_US', "Gareth Lloyd", 49),
    _business('greatlakes', "Great Lakes Tooling Inc.", "1200 Industrial Parkway",
              "Milwaukee, 53202", 'never', 6, 700, 8500, 'net30', 'us', 'en_US', "Emily Novak",
              38, 'usd'),
    _consumer('bauer', "Ursula Bauer", "Gartenweg 12", "53757 Sankt Augustin", 'late', 4, 20, 380),
    _consumer('jaeger', "Björn Jäger", "Am Mühlenbach 4", "48143 Münster", 'never', 4, 60, 540,
              stop=50),
    _consumer('schulte', "Anneliese Schulte", "Rosenstraße 23", "45127 Essen", 'prompt', 4, 20,
              260),
    _consumer('nguyen', "Thị Hoa Nguyễn", "Bahnhofstraße 90", "33602 Bielefeld", 'slow', 4, 35,
              450),
    _consumer('spaeth', "Jürgen Späth", "", "", 'never', 3, 40, 220, stop=35,
              special='no_address'),
    _consumer('demir', "Elif Demir", "Venloer Straße 301", "50823 Köln", 'partial', 4, 50, 600),
    _consumer('kowalski', "Marek Kowalski", "Hauptstraße 8", "99084 Erfurt", 'never', 3, 80, 700,
              stop=75),
    _consumer('fuchs', "Gisela Fuchs", "Waldweg 19", "34117 Kassel", 'prompt', 3, 20, 90,
              special='small'),
    _consumer('obrien', "Fiona O'Brien", "Leopoldstraße 44", "80802 München", 'never', 4, 45, 520,
              lang='en_US', stop=33),
    _public('weidenau', "Stadtwerke Weidenau AöR", "Rathausplatz 1", "57076 Siegen", 'late', 7,
            1500, 16000, contact="Petra Lindner"),
    _public('ahrbergen', "Landkreis Ahrbergen – Zentrale Vergabestelle", "Kreishausstraße 5",
            "53474 Bad Neuenahr-Ahrweiler", 'never', 5, 900, 9800, stop=69),
    _public('oberlohe', "Gemeinde Oberlohe", "Schulstraße 3", "91217 Hersbruck", 'slow', 5, 110,
            2300),
    _public('rheinbach', "Technische Hochschule Rheinbach", "Campusallee 40", "53359 Rheinbach",
            'prompt', 7, 700, 11000, contact="Ingo Hartwig"),
    _public('klinikum', "Städtisches Klinikum Lindenau gGmbH", "Klinikstraße 100",
            "04177 Leipzig", 'never', 6, 2000, 18500, contact="Susanne Voß", stop=72),
    _public('gruenfelde', "Bezirksamt Grünfelde – Hochbauamt", "Breite Straße 60", "13187 Berlin",
            'partial', 5, 800, 6000),
    _public('moosbach', "Freiwillige Feuerwehr Moosbach", "Florianweg 2", "94078 Freyung", 'slow',
            4, 150, 1800),
    _public('berufskolleg', "Berufskolleg Neustadt", "Pestalozzistraße 9", "33098 Paderborn",
            'late', 5, 240, 3500),
)

SECOND = (
    _business('deichgraf', "Restaurant Deichgraf GmbH", "Elbchaussee 210", "22605 Hamburg",
              'never', 4, 120, 1600, contact="Frauke Deichmann", stop=42),
    _business('moewe', "Café Möwe e. K.", "Strandpromenade 6", "23570 Travemünde", 'late', 4, 60,
              700),
    _business('luebeck', "Lübecker Brauhaus KG", "Mengstraße 33", "23552 Lübeck", 'slow', 5, 250,
              2400),
    _business('seehof', "Hotel Seehof Betriebs GmbH", "Seestraße 1", "18225 Kühlungsborn",
              'prompt', 4, 300, 3200, 'net30'),
    _business('kantine', "Kantinen-Service Jansen GmbH", "Wallstraße 74", "28195 Bremen", 'never',
              4, 90, 1100, stop=24),
)
