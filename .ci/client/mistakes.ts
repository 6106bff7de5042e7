// What the generated types must refuse. It is compiled, never run: the compiler complains where an error
// is expected and there is none.
import createClient from "openapi-fetch";

import type { paths } from "./api.js";

const api = createClient<paths>({ baseUrl: "" });

export async function mistakes(): Promise<unknown[]> {
	const path = { id: 1 };
	const { data, error } = await api.GET("/cats/{id}", { params: { path } });
	return [
		// @ts-expect-error: no such path
		api.GET("/dogs"),
		// @ts-expect-error: no such method
		api.PATCH("/cats/{id}", { params: { path } }),
		// @ts-expect-error: the id is missing
		api.GET("/cats/{id}"),
		// @ts-expect-error: the id is a number
		api.GET("/cats/{id}", { params: { path: { id: "1" } } }),
		// @ts-expect-error: the limit is a number
		api.GET("/cats", { params: { query: { limit: "1" } } }),
		// @ts-expect-error: no such query parameter
		api.GET("/cats", { params: { query: { colour: "grey" } } }),
		// @ts-expect-error: a body is required
		api.POST("/cats"),
		// @ts-expect-error: the name is required
		api.POST("/cats", { body: { born: 2021 } }),
		// @ts-expect-error: the name is text
		api.POST("/cats", { body: { name: 7 } }),
		// @ts-expect-error: the name is misspelt
		api.POST("/cats", { body: { nmae: "Minka" } }),
		// @ts-expect-error: no such field of a cat
		data?.colour,
		// @ts-expect-error: a cat may be missing
		data.name,
		// @ts-expect-error: no such member of a problem
		error?.reason,
	];
}
