// What the app must answer, and clients that look whether it does.
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import http2 from "node:http2";
import { connect } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";

import { Client } from "undici";

export const large = randomBytes(3 << 20); // more than a server reads of a body that nobody wants
export const hashOf = (bytes) => `${bytes.length} ${createHash("sha256").update(bytes).digest("hex")}\n`;

const json = { "content-type": "application/json" };
const small = JSON.stringify({ age: 3, name: "Mina" });
const list = JSON.stringify(Array.from({ length: 20000 }, (_, i) => i)); // about 100 KiB
const chunks = Array.from({ length: 20 }, (_, i) => `chunk ${i}\n`).join("");

// makeFiles makes the files that the app serves, and returns the content of two.
export function makeFiles(dir) {
	mkdirSync(dir);
	const files = { "10k.bin": randomBytes(10 << 10), "1m.bin": randomBytes(1 << 20) };
	for (const [name, content] of Object.entries(files)) {
		writeFileSync(join(dir, name), content);
		utimesSync(join(dir, name), 1e9, 1e9);
	}
	return files;
}

// tableOf returns requests with the answers that are wanted. weight says how many of a thousand requests are of
// this kind.
export function tableOf(files, etag, server) {
	const page = files["10k.bin"];
	return [
		{ weight: 300, path: "/n/1", want: 200, text: "1\n" },
		{ weight: 250, path: "/n/22?x=y", want: 200, text: "22\n" },
		{ weight: 120, path: "/n/%33/", want: 200, text: "3\n" },
		{ weight: 60, path: "/echo", method: "POST", headers: json, body: small, want: 200, text: small },
		{ weight: 10, path: "/echo", method: "POST", headers: json, body: list, want: 200, text: list },
		{ weight: 30, path: "/hash", method: "POST", body: "x", want: 200, text: hashOf(Buffer.from("x")) },
		{ weight: 10, path: "/refuse", method: "POST", body: list, want: 413 },
		{ weight: 60, path: "/file/10k.bin", want: 200, text: page },
		{ weight: 3, path: "/file/1m.bin", want: 200, text: files["1m.bin"] },
		{ weight: 20, path: "/file/10k.bin", headers: { range: "bytes=100-199" }, want: 206, text: page.subarray(100, 200) },
		{ weight: 20, path: "/file/10k.bin", headers: { "if-none-match": etag }, want: 304, text: "" },
		{ weight: 20, path: "/file/10k.bin", method: "HEAD", want: 200, text: "", length: page.length },
		{ weight: 5, path: "/file/none", want: 404 },
		{ weight: 5, path: "/n/1", method: "DELETE", want: 405 },
		{ weight: 20, path: "/chunks", want: 200, text: chunks },
		{ weight: 2, path: "/slow", want: 200, text: "slow\n" },
		{ weight: 20, path: "/empty", want: 204, text: "" },
		{ weight: 10, path: "/redirect", want: 303, headersWanted: { location: "/n/303" } },
		{ weight: 10, path: "/cookies", want: 200, text: "two\n" },
		{ weight: 20, path: "/standard", headers: { "X-Agent": "Mina" }, want: 200, text: "GET /standard\n",
			headersWanted: { "x-agent": "Mina" } },
		{ weight: 5, path: "/server", want: 200, text: `${server}\n` },
	];
}

// mixed spreads the requests of a table evenly.
function mixed(table) {
	return table.flatMap((check) => Array.from({ length: check.weight }, (_, i) => ({ check, at: (i + 0.5) / check.weight })))
		.sort((a, b) => a.at - b.at)
		.map(({ check }) => check);
}

// complaint says what is wrong with an answer.
function complaint(check, { status, headers, body }) {
	const what = `${check.method ?? "GET"} ${check.path}`;
	if (status !== check.want) {
		return `${what}: status ${status}`;
	}
	if (check.text !== undefined && !body.equals(Buffer.from(check.text))) {
		return `${what}: a body of ${body.length} bytes: ${body.subarray(0, 80)}`;
	}
	const wanted = { ...check.headersWanted, ...(check.length && { "content-length": `${check.length}` }) };
	const wrong = Object.keys(wanted).find((name) => headers[name] !== wanted[name]);
	return wrong && `${what}: ${wrong}: ${headers[wrong]}`;
}

// Errors counts what went wrong, by its text.
class Errors extends Map {
	note(text) {
		this.set(text, (this.get(text) ?? 0) + 1);
	}
}

export async function ask(client, { method = "GET", path, headers, body }) {
	const answer = await client.request({ method, path, headers, body, idempotent: true, blocking: false, reset: false });
	return { status: answer.statusCode, headers: answer.headers, body: Buffer.from(await answer.body.arrayBuffer()) };
}

// Client2 is a client of one connection of HTTP/2, with as much of the interface as ask needs.
export class Client2 {
	constructor(origin, { socketPath }) {
		this.session = http2.connect(origin, { createConnection: () => connect(socketPath) });
	}

	async request({ method, path, headers, body }) {
		const length = body && { "content-length": Buffer.byteLength(body) }; // else a proxy has to send chunks
		const stream = this.session.request({ ":method": method, ":path": path, ...headers, ...length });
		stream.end(body);
		const [answer] = await once(stream, "response");
		return { statusCode: answer[":status"], headers: answer, body: { arrayBuffer: () => buffer(stream) } };
	}

	async close() {
		this.session.close();
	}
}

// load sends count requests by a number of connections, so many at once on each. more says whether to go on, in
// place of count.
export async function load({ origin, socket, table, connections = 8, pipelining = 1, count, more, Kind = Client }) {
	const errors = new Errors();
	const mix = mixed(table);
	let sent = 0;
	more ??= () => sent < count;
	async function worker(client) {
		while (more()) {
			const check = mix[sent++ % mix.length];
			try {
				const wrong = complaint(check, await ask(client, check));
				wrong && errors.note(wrong);
			} catch (error) {
				errors.note(`${check.method ?? "GET"} ${check.path}: ${error.code} ${error.message}`);
			}
		}
	}
	const clients = Array.from({ length: connections }, () => new Kind(origin, { pipelining, socketPath: socket }));
	await Promise.all(clients.flatMap((client) => Array.from({ length: pipelining }, () => worker(client))));
	await Promise.all(clients.map((client) => client.close()));
	return { requests: sent, errors };
}

// rawLoad sends requests by one connection, so many in one write, and reads the answers by rules of its own.
export async function rawLoad({ address, table, depth, count }) {
	const errors = new Errors();
	const mix = mixed(table);
	const [host, port] = address.split(":");
	const socket = connect(port, host);
	const answers = readAnswers(socket);
	let sent = 0;
	while (sent < count) {
		const checks = Array.from({ length: depth }, (_, i) => mix[(sent + i) % mix.length]);
		sent += depth;
		socket.write(Buffer.concat(checks.map((check) => rawRequest(check, address))));
		for (const check of checks) {
			const wrong = complaint(check, await answers.next(check.method));
			wrong && errors.note(wrong);
		}
	}
	socket.destroy();
	return { requests: sent, errors };
}

function rawRequest({ method = "GET", path, headers = {}, body = "" }, host) {
	const lines = Object.entries({ host, ...headers, ...(method === "POST" && { "content-length": Buffer.byteLength(body) }) })
		.map(([name, value]) => `${name}: ${value}\r\n`);
	return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
}

// readAnswers reads one answer after the other (RFC 9112 section 6.3).
export function readAnswers(socket) {
	const pieces = socket[Symbol.asyncIterator]();
	let read = Buffer.alloc(0);
	async function more() {
		const { value, done } = await pieces.next();
		if (done) {
			throw new Error(`the connection has ended after ${read.length} bytes of an answer`);
		}
		read = Buffer.concat([read, value]);
	}
	async function take(n) {
		while (read.length < n) {
			await more();
		}
		const taken = read.subarray(0, n);
		read = read.subarray(n);
		return taken;
	}
	async function takeUntil(end) {
		let at;
		while ((at = read.indexOf(end)) < 0) {
			await more();
		}
		return (await take(at + end.length)).toString("latin1").slice(0, -end.length);
	}
	async function takeChunks() {
		const body = [];
		for (let size; size !== 0; ) {
			size = parseInt(await takeUntil("\r\n"), 16);
			body.push(await take(size));
			size > 0 && await takeUntil("\r\n");
		}
		while (await takeUntil("\r\n") !== "") {} // trailers
		return Buffer.concat(body);
	}
	return {
		async next(method) {
			const [first, ...lines] = (await takeUntil("\r\n\r\n")).split("\r\n");
			const status = Number(first.split(" ")[1]);
			const headers = Object.fromEntries(lines.map((line) => {
				const [name, ...value] = line.split(": ");
				return [name.toLowerCase(), value.join(": ")];
			}));
			if (status < 200) {
				return this.next(method);
			}
			let body = Buffer.alloc(0);
			if (headers["transfer-encoding"] === "chunked") {
				body = await takeChunks();
			} else if (method !== "HEAD" && status !== 204 && status !== 304) {
				body = await take(Number(headers["content-length"]));
			}
			return { status, headers, body };
		},
	};
}
