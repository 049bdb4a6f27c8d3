// SPDX-License-Identifier: Apache-2.0
// Every public page that links reach, in three languages, with and without JavaScript: readable,
// light, whole, and nothing left behind.
import { Browser, DIR, EXIT_URL, LANGS, Tap, URL_BASE, axe, checkPage, filesBelow, firstStop, headerFaults, leftovers,
	shoot, texts, visitWithProfile, weigh, WEIGHT_MAX, DESKTOP } from './lib.mjs';
import fs from 'node:fs';

const tap = new Tap();
const PAGES_MAX = 60; // a language; more means that links make addresses without end

const slug = (p) => p.split('/').slice(2).join('-') || 'home';

async function links(page) {
	return page.$$eval('a[href]', (all) => all.map((a) => ({ url: a.href, rel: a.rel, text: a.textContent.trim() })));
}

async function visit(b, page, lang, path, js, seen) {
	const name = `${lang} ${slug(path)}${js ? '' : ' without JavaScript'}`;
	const answer = await page.goto(URL_BASE + path);
	if (!tap.equal(answer.status(), 200, `${name}: is there`))
		return [];
	tap.empty(headerFaults(await answer.allHeaders(), path.includes('/staff/')), `${name}: its headers`);
	if (js) {
		await checkPage(tap, page, name, { lang });
		await shoot(page, `${lang}-${slug(path)}`);
		seen.texts = await page.evaluate(texts);
		await page.goto(URL_BASE + path);
		const stop = await firstStop(page);
		if (!(await page.$('body.staff')))
			tap.ok(stop.exit && stop.ring, `${name}: the tab key comes to the quick exit first, visibly`, stop);
	} else {
		tap.equal(await page.getAttribute('html', 'lang'), lang, `${name}: its language`);
		tap.equal(await page.getAttribute('html', 'dir'), DIR[lang], `${name}: its direction`);
		tap.equal(await page.locator('h1').count(), 1, `${name}: one first heading`);
		tap.ok((await weigh(page)) < WEIGHT_MAX, `${name}: its weight`);
		tap.empty(await leftovers(page), `${name}: leaves nothing in the browser`);
	}
	return links(page);
}

// Breadth first over the language's own pages. Returns { path: texts }.
async function crawl(b, lang, js) {
	const page = await b.page({ js, lang }), found = new Map(), outside = new Set(), anchors = new Set(), exits = new Set();
	const queue = [`/${lang}/`], met = new Set(queue);
	while (queue.length && found.size < PAGES_MAX) {
		const path = queue.shift(), seen = {};
		for (const l of await visit(b, page, lang, path, js, seen)) {
			const u = new URL(l.url);
			if (u.origin !== URL_BASE) {
				if (u.protocol === 'https:' && !/noreferrer/.test(l.rel))
					outside.add(l.url);
				continue;
			}
			if (u.hash && u.pathname === path && !(await page.$(u.hash)))
				anchors.add(`${path}${u.hash}`);
			if (u.pathname.endsWith('/exit'))
				exits.add(u.pathname);
			else if (u.pathname.startsWith(`/${lang}/`) && !met.has(u.pathname)) {
				met.add(u.pathname);
				queue.push(u.pathname);
			}
		}
		found.set(path.slice(3), seen.texts ?? []);
	}
	const how = `${lang}${js ? '' : ' without JavaScript'}`;
	tap.ok(!queue.length, `${how}: ${found.size} pages, and no more`);
	tap.ok(found.size >= 6, `${how}: more than the first page is reached`, [...found.keys()]);
	tap.empty([...outside], `${how}: links that leave say noreferrer`);
	tap.empty([...anchors], `${how}: each place that is linked to is there`);
	for (const path of exits) {
		const r = await page.request.get(URL_BASE + path, { maxRedirects: 0 });
		tap.ok(r.status() === 303 && r.headers()['location'] === EXIT_URL, `${how}: quick exit leads away`, r.headers());
	}
	await b.close(page);
	return found;
}

await Browser.with(async (b) => {
	const all = {};
	for (const lang of LANGS) {
		all[lang] = await crawl(b, lang, true);
		const without = await crawl(b, lang, false);
		tap.equal([...without.keys()].sort().join(' '), [...all[lang].keys()].sort().join(' '), `${lang}: the same pages without JavaScript`);
	}
	tap.ok([...all.en.values()].flat().length > 100, 'en: has texts to compare', [...all.en.values()].flat().length);
	for (const lang of ['fr', 'ar']) {
		tap.equal([...all[lang].keys()].sort().join(' '), [...all.en.keys()].sort().join(' '), `${lang}: the same pages as in English`);
		for (const [path, texts] of all.en) {
			const same = texts.filter((t) => /[a-z]/.test(t) && all[lang].get(path)?.includes(t));
			tap.empty(same, `${lang} ${slug('/x' + path)}: nothing is left in English`);
		}
	}
	for (const lang of LANGS) {
		const page = await b.page({ lang, dark: true, ...DESKTOP });
		await page.goto(`${URL_BASE}/${lang}/`);
		tap.empty(await axe(page), `${lang}: axe in the dark`);
		await b.close(page);
		const first = await b.page({ lang });
		await first.goto(URL_BASE + '/');
		tap.equal(new URL(first.url()).pathname, `/${lang}/`, `${lang}: chosen from what the browser asks for`);
		const missing = await first.goto(`${URL_BASE}/${lang}/no-such-page`);
		tap.equal(missing.status(), 404, `${lang}: what is not there is said so`);
		await checkPage(tap, first, `${lang} not there`, { lang, documentBytes: (await missing.body()).length });
		await b.close(first);
	}
	tap.empty([...new Set(b.faults)], 'no page asks for anything elsewhere, breaks its policy or fails');
});

// What a visit leaves in a profile on disk: the style sheet and the logo, which every page shares, and
// no page.
const profile = await visitWithProfile(async (page) => {
	for (const lang of LANGS)
		for (const path of ['/', '/help', '/privacy'])
			await page.goto(`${URL_BASE}/${lang}${path}`);
});
const kept = [];
for (const file of filesBelow(profile)) {
	if (!/Cache|IndexedDB|Local Storage|Session Storage|Service Worker|Cookies/.test(file))
		continue;
	const text = fs.readFileSync(file).toString('latin1');
	for (const m of text.matchAll(/http:\/\/127\.0\.0\.1:\d+\/(?!s\/)[!-~]*/g))
		if (new URL(m[0]).pathname !== '/')
			kept.push(`${file.slice(profile.length)}: ${m[0]}`);
}
tap.empty(kept, 'no page is kept in the browser’s caches or stores');
tap.done();
