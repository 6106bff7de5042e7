// Checks of more than a request and its answer, and clients with a way of their own. Each returns the number of requests
// and what went wrong.
import { once } from "node:events";
import http from "node:http";
import { Readable } from "node:stream";

import autocannon from "autocannon";
import { Client } from "undici";

import { ask, hashOf, large } from "./checks.mjs";

// agree asks for everything once, by a proxy or none, and compares with what net/http answers in the same place.
export async function agree(table, ours, theirs) {
	const errors = [];
	const checks = table.filter(({ path }) => path !== "/server");
	for (const check of checks) {
		const [a, b] = [await answer(ours, check), await answer(theirs, check)];
		if (a !== b) {
			errors.push(`${check.method ?? "GET"} ${check.path}:\n${a}\n-- net/http\n${b}`);
		}
	}
	return { requests: 2 * checks.length, errors };
}

async function answer({ origin, socket }, check) {
	const client = new Client(origin, { socketPath: socket });
	const { status, headers, body } = await ask(client, check);
	await client.close();
	const lines = Object.entries({ ...headers, date: !!headers.date }).map(([name, value]) => `${name}: ${value}`).sort();
	return `${status}\n${lines.join("\n")}\n${body.toString("hex").slice(0, 200)} ${body.length}`;
}

// cannon lets autocannon send requests by a number of connections, so many at once on each.
export async function cannon({ origin, table, connections, pipelining, count }) {
	let answers = 0;
	const errors = new Map();
	const note = (text) => errors.set(text, (errors.get(text) ?? 0) + 1);
	const wanted = table.filter(({ text, method }) => typeof text === "string" && text !== "" && (method ?? "GET") === "GET");
	const requests = wanted.map(({ path, headers, want, text }) => ({
		path, headers,
		onResponse: (status, body) => {
			answers++;
			(status !== want || body !== text) && note(`${path}: ${status} ${body.slice(0, 80)}`);
		},
	}));
	const amount = count + connections * (pipelining - 1); // it does not wait for the last answers of a connection
	const result = await autocannon({ url: origin, connections, pipelining, amount, requests });
	result.errors && note(`${result.errors} errors, ${result.timeouts} of them timeouts`);
	answers >= count || note(`${answers} answers`);
	return { requests: answers, errors };
}

// events reads the first events of a stream, leaves, and waits until the app has noticed.
export async function events({ origin, socket }) {
	const client = new Client(origin, { socketPath: socket });
	const { body } = await client.request({ method: "GET", path: "/events" });
	let got = "";
	for await (const piece of body) {
		got += piece;
		if (got.includes("data: 4\n\n")) {
			break; // and closes the connection
		}
	}
	const closed = await ask(client, { path: "/closed" });
	await client.close();
	const ok = got.startsWith("data: 0\n\ndata: 1\n\n") && closed.body.toString() === "closed\n";
	return { requests: 2, errors: ok ? [] : [got, `${closed.status}`] };
}

// upload sends a body whose length is not announced.
export async function upload({ origin, socket }) {
	const client = new Client(origin, { socketPath: socket });
	const { body } = await client.request({ method: "POST", path: "/hash", body: Readable.from([large, large]) });
	const text = await body.text();
	await client.close();
	return { requests: 1, errors: text === hashOf(Buffer.concat([large, large])) ? [] : [text] };
}

// upgrade changes the protocol, and compares what comes back. It ends the connection only when it has all, for nginx closes
// both sides as soon as one has ended.
export async function upgrade({ origin, socket }, lines = 10000) {
	const headers = { Connection: "Upgrade", Upgrade: "echo" };
	const request = http.request(origin, { path: "/upgrade", socketPath: socket, headers });
	request.end();
	const [response, raw, first] = await once(request, "upgrade");
	const sent = Array.from({ length: lines }, (_, i) => `line ${i}\n`).join("");
	raw.write(sent);
	let got = first.toString();
	if (got.length < sent.length) {
		for await (const piece of raw) {
			got += piece;
			if (got.length >= sent.length) {
				break;
			}
		}
	}
	raw.destroy();
	const ok = response.statusCode === 101 && got === sent;
	return { requests: 1, errors: ok ? [] : [`${response.statusCode}, ${got.length} of ${sent.length} bytes`] };
}
