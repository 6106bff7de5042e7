// What curl does that other clients do not. Each answer is compared with that of net/http, too.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { hashOf, large } from "./checks.mjs";

// curl returns what curl writes, also if it fails. There is no other timeout for a client that hangs.
function curl(...args) {
	return new Promise((resolve) => {
		execFile("curl", ["-sS", "--max-time", "120", ...args], { maxBuffer: 64 << 20 }, (error, out, err) => {
			resolve({ out, err, failed: error?.code ?? 0 });
		});
	});
}

// tableOf returns arguments for curl and paths, with what must be in the output and how many connections curl may open.
function tableOf(dir) {
	const file = join(dir, "large.bin");
	const jar = join(dir, "jar");
	writeFileSync(file, large);
	const hash = hashOf(large);
	return [
		{ what: "several addresses", paths: ["/n/1", "/file/10k.bin", "/chunks", "/n/2"], want: ["chunk 19\n2\n"] },
		{ what: "HTTP/1.0", args: ["-i", "--http1.0"], paths: ["/n/1", "/n/2"], want: ["\r\n\r\n1\n", "\r\n\r\n2\n"], connects: 2 },
		{ what: "HTTP/1.0, a stream", args: ["--http1.0"], paths: ["/chunks"], want: ["chunk 0\n", "chunk 19\n"] },
		{ what: "HTTP/0.9 tolerated", args: ["--http0.9"], paths: ["/n/1"], want: ["1\n"] },
		{ what: "no change to HTTP/2", args: ["-i", "--http2"], paths: ["/n/1"], want: ["HTTP/1.1 200 OK", "\r\n\r\n1\n"] },
		{ what: "a large body", args: ["-H", "Expect:", "--data-binary", `@${file}`], paths: ["/hash"], want: [hash] },
		{ what: "Expect: 100-continue", args: ["-i", "-H", "Expect: 100-continue", "--data-binary", `@${file}`], paths: ["/hash"],
			want: ["HTTP/1.1 100 Continue", hash] },
		{ what: "Expect: 100-continue, refused", args: ["-i", "-H", "Expect: 100-continue", "--data-binary", `@${file}`], paths: ["/refuse"],
			want: ["HTTP/1.1 413 "] },
		{ what: "a chunked body", args: ["-H", "Expect:", "-H", "Transfer-Encoding: chunked", "--data-binary", `@${file}`], paths: ["/hash", "/hash"],
			want: [hash + hash] },
		{ what: "a large body, refused early", args: ["-i", "-H", "Expect:", "--data-binary", `@${file}`], paths: ["/refuse"],
			want: ["HTTP/1.1 413 ", "Connection: close"] },
		{ what: "HEAD", args: ["-I"], paths: ["/file/10k.bin", "/n/1", "/chunks", "/standard"], want: ["Content-Length: 10240"] },
		{ what: "a range", args: ["-i", "-r", "10-19"], paths: ["/file/10k.bin"], want: ["HTTP/1.1 206 ", "Content-Range: bytes 10-19/10240"] },
		{ what: "a range beyond the end", args: ["-i", "-r", "99999-"], paths: ["/file/10k.bin"], want: ["HTTP/1.1 416 "] },
		{ what: "a condition", args: ["-i", "-z", "Wed, 01 Jan 2020 00:00:00 GMT"], paths: ["/file/10k.bin", "/n/1"], want: ["HTTP/1.1 304 ", "\r\n\r\n1\n"] },
		{ what: "a redirect", args: ["-i", "-L"], paths: ["/redirect"], want: ["HTTP/1.1 303 ", "\r\n\r\n303\n"] },
		{ what: "a session", args: ["-c", jar], paths: ["/visits", "/visits", "/visits"], want: ["1\n2\n3\n"] },
		{ what: "cookies", args: ["-i"], paths: ["/cookies"], want: ["Set-Cookie: a=1; ", "Set-Cookie: b=2; "] },
		{ what: "early hints", args: ["-i"], paths: ["/hints"], want: ["HTTP/1.1 103 Early Hints\r\nLink: ", "HTTP/1.1 200 OK"] },
		{ what: "a trailer", args: ["-i", "--raw"], paths: ["/trailer"], want: ["Trailer: X-Sum", "\r\nX-Sum: 8\r\n"] },
		{ what: "a hijacked connection", args: ["-i"], paths: ["/hijack"], want: ["\r\n\r\nhijacked\n"] },
		{ what: "a method of one's own", args: ["-i", "-X", "BREW"], paths: ["/n/1", "/n/1"], want: ["HTTP/1.1 405 "] },
		{ what: "a long head", args: ["-H", `X-Long: ${"x".repeat(6000)}`], paths: ["/n/1", "/n/2"], want: ["1\n2\n"] },
		{ what: "a head that is too long", args: ["-i", "-H", `X-Long: ${"x".repeat(70000)}`], paths: ["/n/1"], want: ["HTTP/1.1 431 "] },
	];
}

// comparable hides what no two answers share, and the order of the lines.
const comparable = (text) => text
	.replace(/^Date: .*$/gm, "Date").replace(/^Set-Cookie: visitor=.*$/gm, "Visitor")
	.split("\n").sort().join("\n");

// checkCurl runs the table against the app, and compares with one that net/http serves.
export async function checkCurl(dir, app, standard) {
	const errors = [];
	const table = tableOf(dir);
	for (const { what, args = [], paths, want, connects = 1 } of table) {
		const at = (origin) => curl("-w", "%{stderr}%{num_connects}\n", ...args, ...paths.map((path) => origin + path));
		const [ours, theirs] = [await at(app.origin), await at(standard.origin)];
		const missing = want.filter((part) => !ours.out.includes(part));
		const opened = ours.err.split("\n").reduce((sum, line) => sum + (Number(line) || 0), 0);
		if (ours.failed || missing.length > 0 || opened !== connects) {
			errors.push(`curl: ${what}: code ${ours.failed}, ${opened} connections, not there: ${missing}\n${ours.out.slice(0, 500)}`);
		}
		if (comparable(ours.out) !== comparable(theirs.out) || ours.err !== theirs.err) {
			errors.push(`curl: ${what}: unlike net/http:\n${ours.out.slice(0, 800)}${ours.err}\n-- net/http\n${theirs.out.slice(0, 800)}${theirs.err}`);
		}
	}
	return { requests: table.length, errors };
}

// manyByCurl asks for a number after the other by one connection. All answers together are the list of the numbers.
export async function manyByCurl(count, url, ...args) {
	const { out, err, failed } = await curl("-w", "%{stderr}%{num_connects}", ...args, `${url}/n/[1-${count}]`);
	const want = Array.from({ length: count }, (_, i) => `${i + 1}\n`).join("");
	const errors = [];
	if (failed || out !== want || Number(err.replaceAll("0", "")) !== 1) {
		errors.push(`curl ${args}: code ${failed}, ${out.length} bytes instead of ${want.length}: ${err.replaceAll("0", "")}`);
	}
	return { requests: count, errors };
}
