"""Invented names: Arabic (in Latin and in Arabic script), French and English; nobody of this name is meant."""

from __future__ import annotations

import random

ARABIC_F = {
    "Amal": "أمل", "Basma": "بسمة", "Dalal": "دلال", "Farah": "فرح", "Ghada": "غادة", "Hanan": "حنان", "Iman": "إيمان",
    "Jumana": "جمانة", "Kawthar": "كوثر", "Lamia": "لمياء", "Maha": "مها", "Nadia": "نادية", "Rania": "رانية",
    "Salma": "سلمى", "Taghrid": "تغريد", "Widad": "وداد", "Yasmin": "ياسمين", "Zahra": "زهرة",
}  # fmt: skip
ARABIC_M = {
    "Adel": "عادل", "Badr": "بدر", "Daoud": "داود", "Fahd": "فهد", "Ghassan": "غسان",
    "Hamza": "حمزة", "Ilyas": "إلياس",
    "Jamal": "جمال",
    "Karim": "كريم", "Lutfi": "لطفي", "Majid": "ماجد", "Nabil": "نبيل", "Qasim": "قاسم", "Rashid": "راشد",
    "Sami": "سامي", "Tariq": "طارق", "Walid": "وليد", "Ziad": "زياد",
}  # fmt: skip
ARABIC_FAMILY = {
    "Al-Meridi": "المريدي", "Al-Qasrani": "القصراني", "Al-Bahrawan": "البحروان", "Al-Zahrabi": "الزهرابي",
    "Bin Safwar": "بن صفوار", "Al-Nakhlani": "النخلاني", "Al-Wadhari": "الوظاري", "Bin Harmal": "بن حرمل",
    "Al-Fanarsi": "الفنارسي", "Al-Sahlouri": "السهلوري", "Al-Marsani": "المرساني", "Al-Jisrani": "الجسراني",
    "Al-Rimalni": "الرمالني", "Bin Shatwan": "بن شطوان", "Al-Dirwazi": "الدروازي", "Al-Minaoui": "الميناوي",
}  # fmt: skip
FRENCH_F = ("Aurélie", "Bénédicte", "Chloé", "Delphine", "Élodie", "Florence", "Gaëlle", "Hélène", "Inès", "Joséphine")
FRENCH_M = ("Alexis", "Baptiste", "Cédric", "Damien", "Étienne", "François", "Grégoire", "Hervé", "Jérôme", "Loïc")
FRENCH_FAMILY = (
    "Portelune", "Douanceau", "Vergemare", "Châtelbrune", "Marvoisin", "Quaillard-Sec", "Belarrimage", "Montécueil",
    "Fontagrain", "L'Estampille",
)  # fmt: skip
ENGLISH_F = (
    "Agatha",
    "Beatrix",
    "Cordelia",
    "Dorothea",
    "Edith",
    "Felicity",
    "Gwendolen",
    "Harriet",
    "Imogen",
    "Matilda",
)
ENGLISH_M = ("Ambrose", "Barnaby", "Crispin", "Dunstan", "Edmund", "Fergus", "Gilbert", "Horace", "Jasper", "Leopold")
ENGLISH_FAMILY = (
    "Whitharbour", "Tallowgate", "Quaymoor", "Brindlewharf", "Stampleigh", "O'Tarrif", "Ledgerby", "Cargowold",
    "Manifesthwaite", "Bondhouse",
)  # fmt: skip


def invent_name(stream: random.Random, sex: str) -> tuple[str, str]:
    """Return (the name as the HR system holds it, its Latin spelling)."""
    origin = stream.random()
    if origin < 0.7:
        given, family = (ARABIC_F if sex == "F" else ARABIC_M), ARABIC_FAMILY
        first, middle, last = stream.choice(list(given)), stream.choice(list(ARABIC_M)), stream.choice(list(family))
        latin = f"{first} {middle} {last}"
        if stream.random() < 0.3:
            return f"{given[first]} {ARABIC_M[middle]} {family[last]}", latin
        return latin, latin
    if origin < 0.85:
        name = f"{stream.choice(FRENCH_F if sex == 'F' else FRENCH_M)} {stream.choice(FRENCH_FAMILY)}"
    else:
        name = f"{stream.choice(ENGLISH_F if sex == 'F' else ENGLISH_M)} {stream.choice(ENGLISH_FAMILY)}"
    return name, name
