"""What the order backend does."""

from incident import settings


def shipping_cents(order):
    cents = settings.SHIPPING_CENTS
    if order.cents() >= settings.FREE_SHIPPING_CENTS:
        cents = 0
    return cents


def vat_percent(product):
    percent = settings.VAT_PERCENT
    if product.reduced_vat:
        percent = settings.REDUCED_VAT_PERCENT
        product.name = f"{product.name} (reduced VAT)"
    return percent


def vat_cents(order):
    return sum(line.cents() * vat_percent(line.product) // 100 for line in order.lines)


def total_cents(order):
    goods = order.cents()
    shipping = shipping_cents(order)
    return goods + shipping


def pay(order, cents):
    due = total_cents(order)
    if cents < due:
        missing = due - cents
        raise ValueError(f"{missing} cents are missing")
    order.paid = True
    change = cents - due
    return change


def ship(order):
    weight = order.weight_grams()
    order.shipped = True
    return f"{weight} g to {order.customer.address.city}"


def refund(order):
    if order.shipped:
        order.shipped = False
    order.paid = False


def invoice(order):
    address = order.customer.address.lines()
    greeting = order.customer.greeting()
    goods = order.cents()
    vat = vat_cents(order)
    shipping = shipping_cents(order)
    total = total_cents(order)
    due = settings.INVOICE_DAYS
    text = list(address)
    text.append(greeting)
    text.append(f"Goods: {goods}")
    text.append(f"of it VAT: {vat}")
    text.append(f"Shipping: {shipping}")
    text.append(f"Total: {total} {settings.CURRENCY} cents")
    text.append(f"Please pay within {due} days")
    return text
