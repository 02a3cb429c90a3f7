"""What QuickBooks says when it refuses: business faults (shape A), gateway faults (shape B), their codes (api 9).

Wording follows the recordings, double spaces included; clients must branch on `code`, never on text.
"""

from dataclasses import dataclass


@dataclass
class Fault(Exception):
    """One business fault: HTTP 400 unless said otherwise (api 9.1 A). `element` None means the key is left out."""

    code: str
    message: str
    detail: str
    element: str | None = None
    type: str = "ValidationFault"
    status: int = 400
    own: tuple[str, str] | None = None  # code and message the SDKs list for just this, by the switch `own_codes`
    timed: bool = True  # whether the reply tells the time; 2030 does not (recorded)

    def __str__(self) -> str:
        return f"{self.code} {self.message}: {self.detail}"


@dataclass
class GatewayFault(Exception):
    """The gateway refused before any business rule was asked: HTTP 401, 403 or 429, lower-case body (api 9.1 B)."""

    status: int
    code: str
    message: str
    detail: str | None
    type: str

    def __str__(self) -> str:
        return f"{self.code} {self.message}: {self.detail}"


def unauthenticated(detail: str) -> GatewayFault:
    return GatewayFault(
        401, "3200", "message=AuthenticationFailed; errorCode=003200; statusCode=401", detail, "AUTHENTICATION"
    )


def unauthorized_app() -> GatewayFault:
    return GatewayFault(
        403, "3100", "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403", None, "SERVICE"
    )


def throttled() -> GatewayFault:
    return GatewayFault(
        429,
        "3001",
        "message=ThrottleExceeded; errorCode=003001; statusCode=429",
        "The request limit was reached.  Try again later",
        "SERVICE",
    )


def access_lost() -> Fault:
    return Fault(
        "120",
        "Authorization Failure",
        "Authorization Failure : -11014-You do not have access to use QuickBooks Online Plus.",
        type="AuthorizationFault",
        status=401,
    )


def wrong_cluster() -> Fault:
    detail = "Wrong Cluster : -11017-You have accessed the wrong server. Please sign in again."
    return Fault("130", "Wrong Cluster", detail, type="AuthorizationFault", status=401)


def company_locked() -> Fault:
    return Fault("140", "Company Locked", "Company Locked : The company is locked. Try again later.")


def maintenance() -> Fault:
    detail = "Maintenance : QuickBooks Online is being maintained. Try again later."
    return Fault("150", "Maintenance", detail, type="SystemFault", status=503)


def unsupported_operation(path: str) -> Fault:
    return Fault(
        "500", "Unsupported Operation", f"Operation Could not find resource for relative : {path} of full path"
    )


def not_utf8() -> Fault:
    return Fault("500", "Unsupported Operation", "Operation Invalid UTF-8 bytes in the request is not supported.")


def inactive(element: str | None = None) -> Fault:
    detail = (
        "Object Not Found : Something you're trying to use has been made inactive. "
        "Check the fields with accounts, customers, items, vendors or employees."
    )
    return Fault("610", "Object Not Found", detail, element)


def deleted(element: str | None = None) -> Fault:
    return Fault("610", "Object Not Found", "Object Not Found : Another user has deleted this transaction.", element)


def link_deleted() -> Fault:
    detail = "Object Not Found : The transaction you're trying to link has been deleted."
    return Fault("610", "Object Not Found", detail)


def unknown_property(name: str, class_name: str, known: list[str]) -> Fault:
    listed = ", ".join(f'"{each}"' for each in sorted(known))
    detail = (
        f'Property Name:Unrecognized field "{name}" (class com.intuit.schema.finance.v3.{class_name}), '
        f"not marked as ignorable ({len(known)} known properties: {listed}])\n specified is unsupported or invalid"
    )
    return Fault("2010", "Request has invalid or unsupported property", detail)


def bad_json(reason: str) -> Fault:
    detail = f"Property Name:{reason} specified is unsupported or invalid"
    return Fault("2010", "Request has invalid or unsupported property", detail)


NO_NAME, BAD_DISCOUNT = ("6080", "Name is missing"), ("6090", "Invalid discount line")
NO_LINE_TAX = ("6100", "Line has no tax code")


def required(name: str) -> Fault:
    return Fault(
        "2020",
        "Required param missing, need to supply the required value for the API",
        f"Required parameter {name} is missing in the request",
        name,
        own=NO_NAME if name in {"DisplayName", "Name"} else None,
    )


def invalid_id(value: object, element: str = "Id") -> Fault:
    return Fault("2030", "Invalid ID", f"Id should be a valid number. Supplied value:{value}", element, timed=False)


def invalid_string(name: str, value: str) -> Fault:
    detail = f"{name}:{value} has invalid characters: a colon, a tab or a line break is not allowed"
    return Fault("2040", "Invalid String", detail, name)


def bad_length(name: str, length: int, limit: int, shortest: int = 0) -> Fault:
    detail = (
        f"String length specified does not match the supported length. "
        f"Min:{shortest} Max:{limit} supported. Supplied length:{length}"
    )
    return Fault("2050", "String length is either shorter or longer than supported by specification", detail, name)


def date_range(name: str, value: object) -> Fault:
    return Fault("2070", "Invalid Date Range", f"Date for {name} is out of the range. Supplied value:{value}", name)


def invalid_date(name: str, value: object) -> Fault:
    return Fault("2060", "Invalid Date format", f"Date format for {name} is invalid. Supplied value:{value}", name)


def invalid_number(name: str, value: object) -> Fault:
    return Fault("2080", "Invalid Number", f"Number for {name} is invalid. Supplied value:{value}", name)


def number_range(name: str, value: object) -> Fault:
    return Fault("2090", "Invalid Number Range", f"Number for {name} is out of the range. Supplied value:{value}", name)


def duplicate_request_id(value: str) -> Fault:
    return Fault("600", "Duplicate Request ID", f"Duplicate Request ID : {value} was used for another request")


def invalid_request_id(value: str) -> Fault:
    return Fault("2130", "Invalid Request Id Format", f"Request id is invalid. Supplied value:{value}", "requestid")


def invalid_enumeration(name: str, value: object) -> Fault:
    return Fault("2170", "Invalid Enumeration", f"Invalid Enumeration : {value}", name)


def invalid_email(name: str, value: str) -> Fault:
    return Fault("2210", "Invalid Email Address format", f"Email Address does not conform: {value}", name)


def invalid_reference(list_name: str, id: str) -> Fault:
    detail = f"Invalid Reference Id : {list_name} element id {id} not found"
    return Fault("2500", "Invalid Reference Id", detail, "")


def custom_field(definition_id: str) -> Fault:
    return Fault(
        "3000", "Custom Field Error", f"Custom field DefinitionId {definition_id} is not enabled", "CustomField"
    )


def query_syntax(detail: str) -> Fault:
    return Fault("4000", "Error parsing query", f"QueryParserError: {detail}")


def query_invalid(detail: str) -> Fault:
    return Fault("4001", "Invalid query", f"QueryValidationError: {detail}")


def stale(entity: str, user: str) -> Fault:
    detail = (
        f"Stale Object Error : You and {user} were working on this at the same time. "
        f"{user} finished before you did, so your work was not saved. Entity={entity}"
    )
    return Fault("5010", "Stale Object Error", detail)


def business(text: str, own: tuple[str, str] | None = None) -> Fault:
    return Fault(
        "6000",
        "A business validation error has occurred while processing your request",
        f"Business Validation Error: {text}",
        own=own,
    )


def amount_mismatch(amount: object) -> Fault:
    detail = (
        f"Amount calculation incorrect in the request. Amount is not equal to UnitPrice * Qty. Supplied value:{amount}"
    )
    return Fault("6070", "Amount calculation incorrect in the request", detail, "Line.Amount")


def duplicate_number(number: str, entity: str, id: str) -> Fault:
    detail = (
        "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
        f"DocNumber={number} is assigned to TxnType={entity} with TxnId={id}"
    )
    return Fault("6140", "Duplicate Document Number Error", detail, "")


def too_deep() -> Fault:
    detail = "Invalid Sub Level : You may only have sub-customers to four levels below the top."
    return Fault("6180", "Sub Level Error", detail)


def subscription_ended() -> Fault:
    detail = (
        "Invalid Company Status : Subscription period has ended or canceled or there was a billing problem : "
        "You can't add data to QuickBooks Online because your trial or subscription period ended."
    )
    return Fault("6190", "Invalid Company Status", detail)


def books_closed(close_date: str, code: str = "6210") -> Fault:
    """Both codes are documented for it."""
    title = "Account Period Closed, Cannot Update Through Services API"
    detail = (
        f"{title} : The account period has closed and the account books cannot be updated through the QBO Services "
        f"API. Closing date: {close_date}"
    )
    return Fault(code, title, detail)


def has_balance(entity: str) -> Fault:
    return Fault("6220", "Delete List Has Balance Error", f"{entity} has a balance and cannot be made inactive")


def duplicate_name(owner: str = "customer, vendor or employee") -> Fault:
    detail = (
        f"The name supplied already exists. : Another {owner} is already using this name.  Please use a different name."
    )
    return Fault("6240", "Duplicate Name Exists Error", detail, "")


def name_exists() -> Fault:
    """The same code in the words of the older services (recorded)."""
    return Fault("6240", "Duplicate Name Exists Error", "The name supplied already exists. : null", "")


def before_inventory_start() -> Fault:
    detail = (
        "Transactions with inventory (QOH) products cant be dated earlier than the Inventory Start Date for the product"
    )
    return Fault("6270", "Transaction date is prior to start date for inventory item", detail, "")


def quantity_required() -> Fault:
    return Fault("6520", "Quantity is required", "Quantity on hand is required for an inventory item", "QtyOnHand")


def deposited() -> Fault:
    detail = "Deposited Transaction cannot be changed : This transaction has been deposited. Take it out of it first."
    return Fault("6540", "Deposited Transaction cannot be changed", detail)


def application_error() -> Fault:
    return Fault(
        "10000",
        "An application error has occurred while processing your request",
        "System Failure Error: An unexpected error occurred while accessing or saving your data.",
        type="SystemFault",
        status=500,
    )


def batch_too_big(count: int, most: int) -> Fault:
    detail = f"Batch requests may carry at most {most} items. Supplied items:{count}"
    return Fault("1040", "Batch size limit exceeded", detail)
