// One session of node-quickbooks, unmodified but for the host. Reads {api, token, revoke, id, secret, realm, access,
// refresh} from the command line; prints what it saw as one JSON object.
const { promisify } = require("node:util");
const QuickBooks = require("node-quickbooks");

const told = JSON.parse(process.argv[2]);
QuickBooks.V3_ENDPOINT_BASE_URL = `${told.api}/v3/company/`;
QuickBooks.TOKEN_URL = told.token;
QuickBooks.REVOKE_URL = told.revoke;

const qbo = new QuickBooks(
  told.id, told.secret, told.access, false, told.realm, true, false, 75, "2.0", told.refresh,
);
const call = (verb, ...given) => promisify(qbo[verb]).call(qbo, ...given);
const refused = (promise) => promise.then(
  () => null,
  (error) => (error.response ? error.response.data : error).Fault.Error[0],
);
const day = 24 * 60 * 60 * 1000;

async function session() {
  const saw = {};

  const customer = await call("createCustomer", { DisplayName: "Amy's Bird Sanctuary", Notes: "By phone" });
  saw.created = customer;
  saw.read = await call("getCustomer", customer.Id);
  saw.updated = await call("updateCustomer", { Id: customer.Id, SyncToken: "0", CompanyName: "Birds Ltd" });
  saw.stale = await refused(call("updateCustomer", { Id: customer.Id, SyncToken: "0", CompanyName: "Late" }));
  saw.duplicate = await refused(call("createCustomer", { DisplayName: "amy's bird sanctuary" }));
  saw.missing = await refused(call("getCustomer", "99"));

  const found = await call("findCustomers", { DisplayName: "Amy's Bird Sanctuary" });
  saw.found = found.QueryResponse.Customer.map((each) => each.Id);
  saw.counted = (await call("findCustomers", { count: true })).QueryResponse.totalCount;
  const accounts = await call("findAccounts", [
    { field: "AccountType", value: ["Income", "Bank"], operator: "IN" }, { field: "limit", value: 3 },
    { field: "asc", value: "Name" },
  ]);
  saw.accounts = accounts.QueryResponse.Account.map((each) => each.Name);
  saw.everything = (await call("findTerms", { fetchAll: true, limit: 2 })).QueryResponse.Term.length;
  const like = await call("findCustomers", [{ field: "DisplayName", value: "%bird%", operator: "LIKE" }]);
  saw.like = like.QueryResponse.Customer.length;

  const income = accounts.QueryResponse.Account.find((each) => each.AccountType === "Income");
  const item = await call("createItem", {
    Name: "Oak shelf", Type: "Service", IncomeAccountRef: { value: income.Id },
  });
  const line = {
    DetailType: "SalesItemLineDetail", Amount: 100,
    SalesItemLineDetail: { ItemRef: { value: item.Id }, Qty: 4, UnitPrice: 25 },
  };
  const owner = { CustomerRef: { value: customer.Id } };
  const invoice = await call("createInvoice", { ...owner, Line: [line] });
  saw.invoice = invoice;
  const link = { Amount: 60, LinkedTxn: [{ TxnId: invoice.Id, TxnType: "Invoice" }] };
  const payment = await call("createPayment", { ...owner, TotalAmt: 60, Line: [link] });
  saw.partlyPaid = (await call("getInvoice", invoice.Id)).Balance;
  const voidedPayment = await call("updatePayment", { Id: payment.Id, SyncToken: "0", void: true });
  saw.voidedPayment = [voidedPayment.TotalAmt, voidedPayment.PrivateNote];
  saw.sent = (await call("sendInvoicePdf", invoice.Id, "june@example.com")).EmailStatus;
  saw.pdf = Buffer.from(await call("getInvoicePdf", invoice.Id)).subarray(0, 4).toString();
  const voided = (await call("voidInvoice", invoice.Id)).Invoice;
  saw.voided = [voided.TotalAmt, voided.Balance, voided.PrivateNote];
  saw.deleted = (await call("deleteInvoice", invoice.Id)).Invoice;

  const batch = await call("batch", [
    { bId: "1", operation: "create", Customer: { DisplayName: "Harbor Goods" } },
    { bId: "2", operation: "create", Customer: { DisplayName: "Harbor Goods" } },
    { bId: "3", Query: "select * from Item" },
  ]);
  saw.batch = batch.BatchItemResponse;
  const since = new Date(Date.parse(customer.MetaData.CreateTime) - day);
  const changes = await call("changeDataCapture", ["Customer", "Invoice", "Term"], since);
  saw.changes = changes.CDCResponse[0].QueryResponse;
  const twice = { DisplayName: "Once only" };
  saw.once = [
    (await call("createCustomer", { ...twice, requestId: "one-request" })).Id,
    (await call("createCustomer", { ...twice, requestId: "one-request" })).Id,
  ];
  saw.company = (await call("getCompanyInfo", told.realm)).CompanyName;
  saw.preferences = (await call("getPreferences")).SalesFormsPrefs.CustomTxnNumbers;

  const fresh = await call("refreshAccessToken");
  saw.refreshed = [fresh.expires_in, qbo.token === fresh.access_token, qbo.token !== told.access];
  saw.afterRefresh = (await call("getCustomer", customer.Id)).Id;
  await call("revokeAccess", true);
  qbo.realmId = told.realm;
  qbo.token = fresh.access_token;
  saw.revoked = await call("getCustomer", customer.Id).then(() => 200, (error) => error.response.status);
  return saw;
}

session().then((saw) => console.log(JSON.stringify(saw)), (error) => { console.error(error); process.exit(1); });
