// Starts the app and the proxies, and ends them with the script.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const running = new Set();

process.on("exit", () => running.forEach((child) => child.kill(child.lastSignal)));
["SIGINT", "SIGTERM", "SIGHUP"].forEach((signal) => process.on(signal, () => process.exit(1)));

// start runs a program whose standard error goes to a file.
export function start(log, command, ...args) {
	const file = openSync(log, "a");
	const child = spawn(command, args, { stdio: ["ignore", "pipe", file] });
	closeSync(file);
	child.lastSignal = "SIGTERM"; // by another one the first process of nginx would leave the others alone
	running.add(child);
	child.ended = once(child, "exit").then(([code, signal]) => {
		running.delete(child);
		return code ?? signal;
	});
	return child;
}

// stop ends a program gracefully and returns its exit code.
export function stop(child) {
	child.kill("SIGTERM");
	return child.ended;
}

// startApp returns the process of an app, with its address.
export async function startApp(dir, ...args) {
	const child = start(join(dir, "app.log"), join(dir, "app"), "-files", join(dir, "files"), ...args);
	child.lastSignal = "SIGKILL";
	const first = once(createInterface(child.stdout), "line");
	const [line] = await Promise.race([first, child.ended.then((code) => {
		throw new Error(`the app has ended with ${code}: ${readFileSync(join(dir, "app.log"))}`);
	})]);
	return Object.assign(child, { address: line, origin: `http://${line}` });
}

// accepts waits until somebody accepts connections by a socket.
async function accepts(path, child) {
	for (;;) {
		const socket = connect(path);
		try {
			await once(socket, "connect");
			return;
		} catch {
			if (!running.has(child)) {
				throw new Error(`${child.spawnfile} has ended`);
			}
			await delay(20);
		} finally {
			socket.destroy();
		}
	}
}

// startProxy starts a proxy with its template in a folder of its own, and returns the sockets of these names.
async function startProxy(dir, template, values, names, command, ...args) {
	mkdirSync(dir);
	const config = readFileSync(join(here, template), "utf8").replace(/@([a-z]+)@/g, (whole, name) => values[name] ?? whole);
	writeFileSync(join(dir, template), config);
	const child = start(join(dir, "log"), command, ...args, join(dir, template));
	const sockets = Object.fromEntries(names.map((name) => [name, join(dir, `${name}.sock`)]));
	try {
		await Promise.all(Object.values(sockets).map((path) => accepts(path, child)));
	} catch (error) {
		throw new Error(`${error.message}: ${readFileSync(join(dir, "log"))}`);
	}
	return { child, log: join(dir, "log"), sockets };
}

export function startNginx(dir, app) {
	const user = process.getuid() === 0 ? "user root;" : ""; // else it would change to one that cannot read the folder
	return startProxy(dir, "nginx.conf", { dir, user, app: app.address }, ["keepalive", "unbuffered", "old"],
		"nginx", "-e", "stderr", "-p", dir, "-c");
}

export function startHAProxy(dir, app, [first, second]) {
	return startProxy(dir, "haproxy.cfg", { dir, app: app.address, first: first.address, second: second.address },
		["reuse", "close", "h2", "two"], "haproxy", "-db", "-f");
}
