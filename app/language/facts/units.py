"""The units and currencies that stand beside figures, in one form."""

from __future__ import annotations

_FORMS = {
    "EUR": "€ euro euros eur",
    "USD": "$ dollar dollars usd us$",
    "GBP": "£ gbp quid sterling",
    "CHF": "chf franken sfr fr.",
    "JPY": "¥ jpy yen",
    "cent": "cent cents ¢",
    "%": "% percent prozent pourcent porcentaje",
    "km": "km kilometre kilometres kilometer kilometers kilomètre kilomètres kilómetros",
    "m": "metre metres meter meters mètre mètres metros m",
    "cm": "cm centimetre centimetres centimeter centimeters zentimeter",
    "mm": "mm millimetre millimetres millimeter millimeters",
    "mi": "mile miles mi meile meilen",
    "ft": "ft foot feet fuß",
    "yd": "yard yards yd yds",
    "in": "inch inches zoll",
    "m²": "m² m2 sqm quadratmeter",
    "km²": "km² km2 quadratkilometer",
    "ha": "ha hectare hectares hektar",
    "kg": "kg kilo kilos kilogram kilograms kilogramm kilogramme",
    "g": "g gram grams gramm gramme",
    "t": "tonne tonnes ton tons",
    "lb": "lb lbs pound pounds pfund",
    "l": "l litre litres liter liters",
    "ml": "ml millilitre millilitres milliliter milliliters",
    "s": "s sec secs second seconds sekunde sekunden seconde secondes segundos",
    "min": "min mins minute minutes minuten minutos",
    "h": "h hr hrs hour hours stunde stunden heure heures hora horas",
    "day": "day days tag tage tagen jour jours día días",
    "week": "week weeks woche wochen semaine semaines semana semanas",
    "month": "month months monat monate monaten mois mes meses",
    "year": "year years jahr jahre jahren an ans année années año años yr yrs",
    "decade": "decade decades jahrzehnt jahrzehnte",
    "century": "century centuries jahrhundert jahrhunderte",
    "°C": "°c celsius",
    "°F": "°f fahrenheit",
    "W": "w watt watts",
    "kW": "kw kilowatt kilowatts",
    "MW": "mw megawatt megawatts",
    "kWh": "kwh",
    "V": "v volt volts",
    "A": "amp amps ampere",
    "Hz": "hz hertz",
    "KB": "kb kilobyte kilobytes",
    "MB": "mb megabyte megabytes",
    "GB": "gb gigabyte gigabytes",
    "TB": "tb terabyte terabytes",
}
_OF = {form: unit for unit, forms in _FORMS.items() for form in forms.split()}
SCALES = {
    "thousand": 10**3, "k": 10**3, "tausend": 10**3, "mille": 10**3, "mil": 10**3, "tsd": 10**3,
    "million": 10**6, "millions": 10**6, "millionen": 10**6, "mio": 10**6, "m": 10**6, "mn": 10**6, "millón": 10**6,
    "millones": 10**6,
    "billion": 10**9, "billions": 10**9, "bn": 10**9, "milliarde": 10**9, "milliarden": 10**9, "mrd": 10**9,
    "milliard": 10**9, "milliards": 10**9,
    "trillion": 10**12, "trillions": 10**12,
}  # fmt: skip
"""What a word behind a figure multiplies it by; the long scale's billion is left to those who write it."""
SHORT_SCALES = frozenset({"k", "m"})
"""Those that are a scale only right behind the figure of an amount, as in $5m: 5 m is a length."""


def unit_of(form: str) -> str:
    """A unit by one of its written forms, in whatever case; "" if it is none."""
    return _OF.get(form.casefold(), "")
