"""The words that carry little or special meaning in names and addresses. Data only: rules about them live elsewhere."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LEGAL_FORMS = {
    form: canonical
    for canonical, spellings in {
        "inc": "inc incorporated",
        "llc": "llc",
        "corp": "corp corporation",
        "co": "co company",
        "ltd": "ltd limited",
        "lp": "lp",
        "llp": "llp",
        "pllc": "pllc",
        "pc": "pc",
        "plc": "plc",
        "gmbh": "gmbh",
        "ag": "ag aktiengesellschaft",
        "kg": "kg",
        "sa": "sa",
        "sas": "sas",
        "sarl": "sarl",
        "sl": "sl",
        "spa": "spa",
        "srl": "srl",
        "bv": "bv",
        "pty": "pty",
        "nv": "nv",
        "oy": "oy oyj",
        "ab": "ab",
        "as": "as",
        "kk": "kk",
        "ooo": "ooo",
        "oao": "oao",
        "zao": "zao",
    }.items()
    for form in spellings.split()
}

# Join words: a name reads the same without them.
SMALL = _words("the of and a an at in for by on to de la le les el los las der die das und et y del du da do di e")

# Trades and kinds of business: half the names in a town hold one, so they tell little.
TRADES = _words(
    "market markets foods food grocery groceries deli delicatessen bakery cafe coffee roasters restaurant ristorante"
    " bistro grill bar pizza pizzeria catering kitchen house shop shops store stores hardware plumbing supply supplies"
    " electric auto parts tire tires florist garden center centre pet boutique apparel shoes jewelers furniture"
    " interiors gallery books toys sports outdoors bikes liquors wine wines spirits brewing farms farm seafood meats"
    " produce distributors distributing wholesale imports import trading gifts salon spa fitness dental veterinary"
    " nursery hotel hotels inn suites services service group school academy learning child children childrens care day"
    " daycare early childhood head start headstart preschool kindergarten church community education educational family"
    " agency association assn society program programs development international national company insurance realty"
    " construction contractors building branch location official online studio studios motors motor motel usa us uk"
    " america canada australia europe worldwide clinic medical health hospital holdings"
    " enterprises industries solutions systems"
)

# A part of a business that is billed, phoned and visited apart from the rest of it.
DEPARTMENTS = _words(
    "atm pharmacy rx fuel gas parts service collision floral deli bakery photo optical vision tire tires warehouse"
    " emergency urgent outpatient rehabilitation imaging laboratory lab radiology pediatrics cardiology oncology"
    " dermatology department dept division annex drive kiosk redbox lounge rooftop catering banquet wedding weddings"
    " rental rentals leasing financing finance money mortgage insurance garden nursery cafe bar grill pizza spa salon"
    " gym pool golf parking wash charging station supercharger terminal garage geldautomat ticket tickets tax"
    " admissions athletics library museum chapel school preschool daycare office headquarters showroom outlet express"
    " receiving returns payroll purchasing billing"
)

STREET_TYPES = _words(
    "street st str strasse avenue ave av road rd boulevard blvd blv drive dr lane ln court ct place pl plaza plz"
    " square sq highway hwy route rte parkway pkwy way wy terrace ter trail trl circle cir alley aly row loop pike"
    " expressway expy freeway fwy turnpike tpke rue via viale piazza corso calle carrer carretera ctra avenida rua"
    " ulica ul aleja al utca ut ulitsa cad caddesi sok sokak plein laan weg platz gasse allee chemin ch route"
)
DIRECTIONS = _words("n s e w ne nw se sw north south east west northeast northwest southeast southwest")
UNITS = _words("# suite ste unit apt apartment room rm floor fl bldg building shop level lot space spc ph")
ORDINALS = {
    "first": "1st",
    "second": "2nd",
    "third": "3rd",
    "fourth": "4th",
    "fifth": "5th",
    "sixth": "6th",
    "seventh": "7th",
    "eighth": "8th",
    "ninth": "9th",
    "tenth": "10th",
}
NO_STREET = STREET_TYPES | DIRECTIONS | UNITS | SMALL

FREE_DOMAINS = _words(
    "gmail.com googlemail.com yahoo.com ymail.com hotmail.com outlook.com live.com msn.com aol.com icloud.com me.com"
    " mac.com comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net"
    " protonmail.com proton.me gmx.com gmx.net gmx.de web.de mail.com zoho.com yandex.com qq.com 163.com"
)
# Where anybody can have a page: an address there says nothing of whose it is.
HOSTS = _words(
    "facebook.com fb.com instagram.com twitter.com x.com linkedin.com linktr.ee bit.ly goo.gl google.com yelp.com"
    " business.site wixsite.com wix.com wordpress.com blogspot.com weebly.com squarespace.com square.site etsy.com"
    " youtube.com tripadvisor.com booking.com zocdoc.com tumblr.com godaddysites.com"
)
ROLE_MAILBOXES = _words(
    "accounting accounts accountspayable admin ap ar billing bookkeeper bookkeeping books contact enquiries finance"
    " hello info invoices mail office orders payables purchasing sales shop store support"
)
PLACEHOLDER_MAILBOXES = _words("noreply no-reply donotreply none na n/a no nobody noemail no-email unknown test")
PLACEHOLDER_NAMES = frozenset({"cash sale", "cash sales", "cash customer", "walk in", "walk in customer", "test"})
