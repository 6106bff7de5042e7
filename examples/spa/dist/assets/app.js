// The pages of the app by their paths. Each returns the elements to show.
const pages = [
	[/^\/$/, list],
	[/^\/notes\/(\d+)$/, show],
];

function element(name, text, href) {
	const made = document.createElement(name);
	made.textContent = text;
	if (href) made.href = href;
	return made;
}

async function ask(path) {
	const answer = await fetch("/api" + path, { headers: { Accept: "application/json" } });
	const content = await answer.json();
	if (!answer.ok) throw new Error(content.detail || content.title);
	return content;
}

async function list() {
	const items = document.createElement("ul");
	for (const note of await ask("/notes")) {
		const item = document.createElement("li");
		item.append(element("a", note.text, "/notes/" + note.id));
		items.append(item);
	}
	return [element("h1", "Notes"), items];
}

async function show(id) {
	const note = await ask("/notes/" + id);
	return [element("h1", note.text), element("p", "Note " + note.id)];
}

async function render() {
	const page = document.getElementById("page");
	try {
		for (const [pattern, make] of pages) {
			const match = location.pathname.match(pattern);
			if (match) return page.replaceChildren(...await make(match[1]));
		}
		page.replaceChildren(element("h1", "There is no such page."));
	} catch (wrong) {
		page.replaceChildren(element("h1", wrong.message));
	}
}

// Links within the app change the page without asking the server for it.
document.addEventListener("click", (event) => {
	const link = event.target.closest("a");
	if (!link || link.origin !== location.origin || event.metaKey || event.ctrlKey) return;
	event.preventDefault();
	history.pushState(null, "", link.href);
	render();
});
addEventListener("popstate", render);
render();
