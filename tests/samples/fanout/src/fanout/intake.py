"""24 statements (8% of 300), run by the process of pytest itself."""

STATE_NEW = 1
STATE_CHECKED = 2
STATE_QUEUED = 3
STATE_RESERVED = 4
STATE_PAID = 5
STATE_PACKED = 6
STATE_SENT = 7
STATE_DELIVERED = 8
STATE_RETURNED = 9
STATE_REFUNDED = 10
STATE_CLOSED = 11
STATE_LOST = 12


def first_state():
    return STATE_NEW


def last_state():
    return STATE_CLOSED


def number_of_states():
    low = STATE_NEW
    high = STATE_LOST
    return high - low + 1


MIDDLE = STATE_SENT
SPAN = number_of_states()
FIRST = first_state()
LAST = last_state()
