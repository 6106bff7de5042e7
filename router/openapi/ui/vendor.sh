#!/usr/bin/env bash
# Fetches what the documentation pages are made of from npm and writes it into assets/: scripts and styles
# compressed, without a time or name inside, so that the same versions give the same bytes, and the licences
# as they are. It writes VERSIONS too. It needs npm, which verifies what it fetches, and GNU tools.
#
# To take another version, change it here, run this, run the tests, and look at both pages in a browser.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/assets"

readonly swagger=swagger-ui-dist@5.35.0 redoc=redoc@2.5.4

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# unpack puts the content of a package into a folder below $tmp.
unpack() {
	local archive
	archive=$(npm pack --silent --pack-destination "$tmp" "$1")
	mkdir "$tmp/${1%@*}"
	tar -xzf "$tmp/$archive" -C "$tmp/${1%@*}" --strip-components=1
}

# alter makes two changes to a file, both so that the pages ask for nothing that is not there.
#  - The comment that names a source map goes: the map is not among the assets.
#  - ReDoc shows the logo of its maker from a host on the internet, and no option turns that off. It removes
#    an image that fails to load, which an empty one does at once. The link beside it stays.
alter() {
	sed -E -e 's,^(//# sourceMappingURL=[^ ]+|/\*# sourceMappingURL=[^ ]+\*/)$,,' \
		-e 's,"https://cdn\.redoc\.ly/redoc/logo-mini\.svg","data:\,",g' "$1"
}

sum() { sha256sum | cut -d' ' -f1; }

# add compresses a file of a package into assets/ and writes its line of VERSIONS.
add() {
	local package=${1%@*} version=${1##*@} file=$2 name
	name=$(basename "$file")
	alter "$tmp/$package/$file" >"$tmp/$name"
	gzip -9 -n -c "$tmp/$name" >"$name.gz"
	printf '%s %s %s %s %s\n' "$package" "$version" "$file" "$(sum <"$tmp/$package/$file")" "$(sum <"$tmp/$name")" >>VERSIONS
}

unpack "$swagger"
unpack "$redoc"
rm -f ./*.gz ./*LICENSE* ./*NOTICE*
cat >VERSIONS <<'END'
# Written by vendor.sh: package, version, file, SHA-256 of the file as published, and of the one in here, uncompressed.
END
add "$swagger" swagger-ui-bundle.js
add "$swagger" swagger-ui.css
add "$redoc" bundles/redoc.standalone.js

# The licences. Those of the libraries inside a bundle are in files of the bundle's name.
{
	printf '%s, with the comment that names a source map removed from swagger-ui.css.\n\n' "$swagger"
	cat "$tmp"/swagger-ui-dist/{NOTICE,LICENSE}
	printf '\n-- swagger-ui-bundle.js contains:\n\n'
	cat "$tmp"/swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt
} >swagger-ui.LICENSE.txt
{
	printf '%s, with the comment that names a source map and the address of a logo removed.\n\n' "$redoc"
	cat "$tmp"/redoc/LICENSE
	printf '\n-- redoc.standalone.js contains:\n\n'
	cat "$tmp"/redoc/bundles/{redoc.standalone,*.worker}.js.LICENSE.txt
} >redoc.LICENSE.txt
