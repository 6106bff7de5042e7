// Sends forms with files through the generated types, for success and for failure.
import createClient from "openapi-fetch";

import type { components, paths } from "./uploads-api.js";

declare const process: { argv: string[] };

const api = createClient<paths>({ baseUrl: process.argv[2]! });

function equal<T>(what: string, got: T, want: T): void {
	const [g, w] = [JSON.stringify(got), JSON.stringify(want)];
	if (g !== w) {
		throw new Error(`${what}: got ${g}, want ${w}`);
	}
}

type Sent = NonNullable<NonNullable<paths["/photos"]["post"]["requestBody"]>["content"]["multipart/form-data"]>;

// The description has files as texts with the format binary, which the generated types have as string. A File stands for one.
const file = (name: string, size: number): string => {
	const head = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
	const bytes = new Uint8Array(size);
	bytes.set(head.slice(0, size));
	return new File([bytes], name, { type: "image/png" }) as unknown as string;
};

const send = (sent: Sent) => api.POST("/photos", {
	body: sent,
	bodySerializer: (fields: Sent): FormData => {
		const form = new FormData();
		for (const [name, value] of Object.entries(fields)) {
			for (const one of Array.isArray(value) ? value : [value]) {
				form.append(name, one);
			}
		}
		return form;
	},
});

const name = "Løch Ness.png";
const sent = await send({ title: "Loch Ness", photo: file(name, 5 << 20), more: [file("a.png", 9), file("b.png", 8)] });
equal("status", sent.response.status, 200);
const want: components["schemas"]["Photo"] = { title: "Loch Ness", name, size: 5 << 20, more: ["a.png", "b.png"] };
equal("photo", sent.data, want);

const faulty = await send({ title: "The shore of Loch Ness", photo: file("a.png", 7 << 20), more: [file("b.png", 1025)] });
equal("status of a form with faults", faulty.response.status, 422);
equal("its faults", faulty.error?.errors?.map((fault) => fault.detail).sort(), [
	"more must not be larger than 1 KiB", "photo must not be larger than 6 MiB",
	"title must be a maximum of 20 characters in length",
]);

// @ts-expect-error: the photo is missing
equal("status without a file", (await send({ title: "Loch Ness" })).response.status, 422);
