"""What the order backend stores."""

from dataclasses import dataclass, field


@dataclass
class Address:
    street: str
    number: str
    postcode: str
    city: str
    country: str

    def lines(self):
        first = f"{self.street} {self.number}"
        second = f"{self.postcode} {self.city}"
        return [first, second, self.country]


@dataclass
class Customer:
    number: int
    name: str
    mail: str
    address: Address
    language: str = "en"
    newsletter: bool = False

    def greeting(self):
        return f"Dear {self.name}"


@dataclass
class Product:
    number: int
    name: str
    cents: int
    weight_grams: int
    reduced_vat: bool = False

    def label(self):
        return f"{self.number}: {self.name}"


@dataclass
class Line:
    product: Product
    quantity: int

    def cents(self):
        return self.product.cents * self.quantity

    def weight_grams(self):
        return self.product.weight_grams * self.quantity


@dataclass
class Order:
    number: int
    customer: Customer
    lines: list[Line] = field(default_factory=list)
    paid: bool = False
    shipped: bool = False

    def add(self, product, quantity):
        line = Line(product, quantity)
        self.lines.append(line)
        return line

    def cents(self):
        return sum(line.cents() for line in self.lines)

    def weight_grams(self):
        return sum(line.weight_grams() for line in self.lines)
