"""45 statements (15% of 300), run by a process of its own."""

import datetime

DUE_DAYS_AT = 10
DUE_DAYS_BE = 11
DUE_DAYS_BG = 12
DUE_DAYS_CY = 13
DUE_DAYS_CZ = 14
DUE_DAYS_DE = 15
DUE_DAYS_DK = 16
DUE_DAYS_EE = 17
DUE_DAYS_ES = 18
DUE_DAYS_FI = 19
DUE_DAYS_FR = 20
DUE_DAYS_GR = 21
DUE_DAYS_HR = 22
DUE_DAYS_HU = 23
DUE_DAYS_IE = 24
DUE_DAYS_IT = 25
DUE_DAYS_LT = 26
DUE_DAYS_LU = 27
DUE_DAYS_LV = 28
DUE_DAYS_MT = 29
DUE_DAYS_NL = 30
DUE_DAYS_PL = 31
DUE_DAYS_PT = 32
DUE_DAYS_RO = 33
DUE_DAYS_SE = 34
DUE_DAYS_SI = 35
DUE_DAYS_SK = 36


def due(country_days, issued):
    days = datetime.timedelta(days=country_days)
    return issued + days


def reminder(country_days, issued):
    first = due(country_days, issued)
    return first + datetime.timedelta(days=7)


ISSUED = datetime.date(2024, 1, 31)
DUE_IN_GERMANY = due(DUE_DAYS_DE, ISSUED)
DUE_IN_SPAIN = due(DUE_DAYS_ES, ISSUED)
DUE_IN_POLAND = due(DUE_DAYS_PL, ISSUED)
REMINDER_IN_GERMANY = reminder(DUE_DAYS_DE, ISSUED)
REMINDER_IN_SPAIN = reminder(DUE_DAYS_ES, ISSUED)
REMINDER_IN_POLAND = reminder(DUE_DAYS_PL, ISSUED)
print(DUE_IN_GERMANY, DUE_IN_SPAIN, DUE_IN_POLAND)
print(REMINDER_IN_GERMANY, REMINDER_IN_SPAIN, REMINDER_IN_POLAND)
INVOICES = 3
REMINDERS = 3
