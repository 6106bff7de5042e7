// Calls every route of the cats example through the generated types, for success and for failure.
import createClient from "openapi-fetch";

import type { paths } from "./api.js";

declare const process: { argv: string[] };

const api = createClient<paths>({ baseUrl: process.argv[2]! });

function equal<T>(what: string, got: T, want: T): void {
	const [g, w] = [JSON.stringify(got), JSON.stringify(want)];
	if (g !== w) {
		throw new Error(`${what}: got ${g}, want ${w}`);
	}
}

// there returns what must be there.
function there<T>(what: string, value: T | null | undefined): T {
	if (value === null || value === undefined) {
		throw new Error(`${what} is missing`);
	}
	return value;
}

// POST /cats
const created = await api.POST("/cats", { body: { name: "Minka", born: 2021 } });
equal("status of a new cat", created.response.status, 201);
const minka = there("new cat", created.data);
equal("new cat", [minka.name, minka.born], ["Minka", 2021]);
equal("location of a new cat", created.response.headers.get("Location"), `/cats/${minka.id}`);
const felix = there("second cat", (await api.POST("/cats", { body: { name: "Felix" } })).data);

// GET /cats
const names = async (query?: { q?: string; limit?: number }): Promise<string[]> => {
	const { data, response } = await api.GET("/cats", { params: { query } });
	equal("status of the list", response.status, 200);
	return (data ?? []).map((cat) => cat.name);
};
equal("all cats", await names(), ["Minka", "Felix"]);
equal("cats by q", await names({ q: "Fel" }), ["Felix"]);
equal("cats by limit", await names({ limit: 1 }), ["Minka"]);

// GET /cats/{id}
const one = { params: { path: { id: minka.id } } };
equal("the cat", there("the cat", (await api.GET("/cats/{id}", one)).data), minka);

// PUT /cats/{id}
const changed = await api.PUT("/cats/{id}", { ...one, body: { name: "Minka the Second", born: 2022 } });
equal("status of the change", changed.response.status, 200);
const second = there("changed cat", changed.data);
equal("changed cat", [second.id, second.name, second.born], [minka.id, "Minka the Second", 2022]);

// Errors are typed as problem documents, faults included.
const taken = await api.PUT("/cats/{id}", { ...one, body: { name: "Felix" } });
equal("status of a name that is taken", taken.response.status, 409);
equal("problem of a name that is taken", [taken.error?.status, taken.error?.title], [409, "Conflict"]);
equal("its content type", taken.response.headers.get("Content-Type"), "application/problem+json");

const nameless = await api.POST("/cats", { body: { name: "" } });
equal("status of a cat without a name", nameless.response.status, 422);
const faults = (nameless.error?.errors ?? []).map((fault) => `${fault.pointer} in ${fault.in}`);
equal("faults of a cat without a name", faults, ["/name in body"]);

const limit = "many" as unknown as number; // what a client without types may send
const unparsed = await api.GET("/cats", { params: { query: { limit } } });
equal("status of a limit that is no number", unparsed.response.status, 400);
const fault = there("fault of the limit", unparsed.error?.errors?.[0]);
equal("fault of the limit", [fault.parameter, fault.in, fault.rule], ["limit", "query", "integer"]);

// DELETE /cats/{id}
for (const { id } of [minka, felix]) {
	const gone = await api.DELETE("/cats/{id}", { params: { path: { id } } });
	equal("status of the removal", gone.response.status, 204);
}
const missing = await api.GET("/cats/{id}", one);
equal("status of a cat that is gone", missing.response.status, 404);
equal("problem of a cat that is gone", [missing.error?.status, missing.error?.title], [404, "Not Found"]);
equal("cats that are left", await names(), []);

console.log("client: every route answered as its types say");
