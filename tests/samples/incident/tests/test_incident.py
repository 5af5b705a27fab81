import pytest

from incident.exports import export
from incident.models import Address, Customer, Order, Product
from incident.services import invoice, pay, ship


@pytest.fixture
def order():
    address = Address("Main Street", "1", "12345", "Springfield", "Germany")
    order = Order(1, Customer(7, "Ada", "ada@example.org", address))
    order.add(Product(3, "Lamp", 2000, 900), 2)
    return order


def test_small_order_pays_shipping(order):
    assert pay(order, 5000) == 510
    assert order.paid


def test_large_order_ships_free(order):
    order.add(Product(4, "Chair", 4000, 5000), 1)
    assert pay(order, 8000) == 0


def test_shipping_names_weight_and_city(order):
    assert ship(order) == "1800 g to Springfield"


def test_invoice_names_the_total(order):
    assert "Total: 4490 EUR cents" in invoice(order)


def test_label(order):
    assert order.lines[0].product.label() == "3: Lamp"


def test_export_has_a_row_for_each_order(order):
    assert export([order]).splitlines()[1] == "1,Ada,4000,False"
