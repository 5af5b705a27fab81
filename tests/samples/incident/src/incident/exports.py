"""Exports of orders for the accounting department."""

import csv
import io

HEADER = ["order", "customer", "cents", "paid"]


def row(order):
    number = order.number
    name = order.customer.name
    return [number, name, order.cents(), order.paid]


def export(orders):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    rows = map(row, orders)
    writer.writerows(rows)
    return text.getvalue()
