// SPDX-License-Identifier: Apache-2.0
// What the browser tests share: TAP, a browser that talks to the desk alone, and what every page must
// keep. Run through web.py, which starts the desk.
//
//	import { Tap, Browser, LANGS, checkPage } from './lib.mjs';
//	const tap = new Tap();
//	await Browser.with(async (b) => {
//		const page = await b.page({ js: false, lang: 'ar', width: 320 });
//		await page.goto(b.url + '/ar/');
//		await checkPage(tap, page, 'home');
//	});
//	tap.done();
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

const env = process.env;
const require = createRequire(env.HISN_NPM + '/x.js');
const { chromium } = require('playwright-core');
const axeSource = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const URL_BASE = env.HISN_URL, EXIT_URL = env.HISN_EXIT, LINK = env.HISN_LINK;
export const LANGS = ['fr', 'ar', 'en'];
export const DIR = { fr: 'ltr', ar: 'rtl', en: 'ltr' };
export const PHONE = { width: 360, height: 740 }, DESKTOP = { width: 1280, height: 900 }, NARROW = { width: 320, height: 640 };
export const WEIGHT_MAX = 60 * 1024;
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const CHROMIUM_FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
	'--disable-background-networking', '--disable-component-update', '--disable-sync',
	// Nothing but loopback has an address: a page that asked for more would fail, not leave.
	'--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'];

export class Tap {
	number = 0;
	failed = 0;
	ok(good, what, detail) {
		this.number++;
		this.failed += !good;
		console.log(`${good ? 'ok' : 'not ok'} ${this.number} - ${what.replaceAll('#', '\\#')}`);
		if (!good && detail !== undefined)
			this.note(typeof detail === 'string' ? detail : JSON.stringify(detail, null, 1));
		return !!good;
	}
	equal(have, want, what) {
		return this.ok(have === want, what, `have ${JSON.stringify(have)}\nwant ${JSON.stringify(want)}`);
	}
	empty(list, what) {
		return this.ok(list.length === 0, what, list.slice(0, 20).map((x) => (typeof x === 'string' ? x : JSON.stringify(x))).join('\n'));
	}
	note(text) {
		for (const line of String(text).split('\n'))
			console.log('# ' + line);
	}
	done() {
		console.log(`1..${this.number}`);
		process.exit(this.failed || !this.number ? 1 : 0);
	}
}

// One browser process with a profile folder of its own; one context per page(), each without anything
// of the others. faults: what pages did that none may do (requests elsewhere, console errors, which
// include violations of the Content-Security-Policy, failed loads).
export class Browser {
	url = URL_BASE;
	faults = [];
	static async with(work) {
		const b = new Browser();
		b.browser = await chromium.launch({ executablePath: env.HISN_CHROMIUM, args: CHROMIUM_FLAGS });
		try {
			await work(b);
		} finally {
			await b.browser.close();
		}
	}
	async page({ js = true, lang = 'en', width = PHONE.width, height = PHONE.height, dark = false, ...more } = {}) {
		const context = await this.browser.newContext({ javaScriptEnabled: js, locale: lang, viewport: { width, height },
			colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce', ...more });
		context.setDefaultTimeout(15000);
		const page = await context.newPage();
		this.watch(page);
		return page;
	}
	watch(page) {
		page.on('request', (r) => r.url().startsWith(this.url + '/') || this.faults.push(`asks for ${r.url()}`));
		page.on('console', (m) => m.type() === 'error' && !/status of 4\d\d/.test(m.text()) && this.faults.push(`${page.url()}: ${m.text()}`));
		page.on('pageerror', (e) => this.faults.push(`${page.url()}: ${e.message}`));
	}
	async close(page) {
		await page.context().close();
	}
}

// A profile on disk, to look at what a visit leaves there. Returns the folder after the browser's end.
export async function visitWithProfile(work) {
	const folder = env.HISN_PROFILE;
	const context = await chromium.launchPersistentContext(folder, { executablePath: env.HISN_CHROMIUM, args: CHROMIUM_FLAGS });
	try {
		await work(await context.newPage());
	} finally {
		await context.close();
	}
	return folder;
}

export function* filesBelow(folder) {
	for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true }))
		if (entry.isFile())
			yield path.join(entry.parentPath ?? entry.path, entry.name);
}

// --- what every page keeps ---

export async function axe(page) {
	await page.evaluate(axeSource);
	const r = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags, resultTypes: ['violations'] }), AXE_TAGS);
	return r.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 200)} ${n.failureSummary?.split('\n')[1]?.trim() ?? ''}`));
}

// Runs in the page. Everything that can be seen of its form without axe.
function inspect() {
	const seen = (e) => e.checkVisibility({ visibilityProperty: true });
	const doc = document.documentElement, levels = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].filter(seen);
	const at = (e) => e.outerHTML.slice(0, 120);
	const small = [...document.querySelectorAll('.button, button, .choice, select, textarea, .exit, .langs a, .strip a, footer a, summary, a.card, ' +
		'input:not([type=hidden], [type=checkbox], [type=radio])')]
		.filter((e) => seen(e) && !e.closest('.sr')).filter((e) => { const b = e.getBoundingClientRect(); return b.height < 43.5 || b.width < 43.5; });
	const rem = parseFloat(getComputedStyle(doc).fontSize);
	// A table of figures may scroll; what one types into or presses is in sight, wherever it stands.
	const wide = [...document.querySelectorAll('main *')].filter((e) => seen(e) && !e.closest('.sr') &&
		(e.matches('button, .button, input, select, textarea') || !e.closest('.scroll:not(.stack), .table')) &&
		(e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1));
	return {
		lang: doc.lang, dir: doc.dir, title: document.title,
		h1: levels.filter((h) => h.tagName === 'H1').length,
		skipped: levels.filter((h, i) => i && h.tagName[1] - levels[i - 1].tagName[1] > 1).map(at),
		inline: [...document.querySelectorAll('[style], script, style, iframe, object, embed, [onclick], [onload]')].map(at),
		foreign: [...document.querySelectorAll('[src], link[href], form[action]')]
			.filter((e) => new URL(e.src || e.action || e.href, location).origin !== location.origin).map(at),
		required: [...document.querySelectorAll('[required], [pattern], input[type=file]')].map(at),
		remembered: [...document.querySelectorAll('form:not([action*="/staff"]) :is(input:not([type=hidden], [type=radio], [type=checkbox]), textarea, select)')]
			.filter((e) => (e.autocomplete || e.form?.autocomplete) !== 'off').map(at),
		scroll: doc.scrollWidth - doc.clientWidth, wide: wide.slice(0, 5).map(at),
		small: small.map((e) => at(e) + ' ' + JSON.stringify(e.getBoundingClientRect())), rem,
		ids: [...document.querySelectorAll('[id]')].map((e) => e.id).filter((id, i, all) => all.indexOf(id) !== i),
		dangling: [...document.querySelectorAll('[aria-describedby], [aria-labelledby], label[for]')].flatMap((e) =>
			`${e.getAttribute('aria-describedby') ?? ''} ${e.getAttribute('aria-labelledby') ?? ''} ${e.getAttribute('for') ?? ''}`
				.split(/\s+/).filter((id) => id && !document.getElementById(id))),
		staff: document.body.classList.contains('staff'),
		exits: document.querySelectorAll('a.exit[href$="/exit"]').length,
		helplines: document.querySelectorAll('a[href^="tel:"]').length,
		msgids: (document.body.innerText.match(/\{[0-9n]\}/g) ?? []),
	};
}

// Runs in the page. The text of each piece of a page that a translator has seen.
export function texts() {
	const own = 'body [dir=auto], body [dir=ltr], bdi, .strip, .lines strong, .brand, .langs, optgroup, option, details .choice, dd';
	return [...document.querySelectorAll('main *, footer *')].filter((e) => !e.closest(own) && !e.querySelector('*') && e.textContent.trim().split(/\s+/).length > 2)
		.map((e) => e.textContent.trim().replace(/\s+/g, ' '));
}

// What the browser holds of this site. Works with JavaScript switched off for the page, too.
export async function leftovers(page) {
	const found = (await page.context().cookies()).map((c) => `cookie ${c.name}`);
	const state = await page.context().storageState({ indexedDB: true });
	for (const o of state.origins) {
		found.push(...o.localStorage.map((x) => `localStorage ${x.name}`));
		found.push(...(o.indexedDB ?? []).map((x) => `indexedDB ${x.name}`));
	}
	const here = await page.evaluate(async () => [...Object.keys(sessionStorage).map((k) => `sessionStorage ${k}`),
		...(globalThis.caches ? (await caches.keys()).map((k) => `cache ${k}`) : [])]).catch(() => []);
	return [...found, ...here];
}

// Bytes of the document and of what it loads, as sent.
export async function weigh(page) {
	const at = page.url(), sizes = [];
	const parts = await page.$$eval('link[rel=stylesheet], img', (all) => all.map((e) => e.href || e.src));
	for (const url of new Set([at, ...parts]))
		sizes.push((await (await page.request.get(url, { maxRedirects: 0 })).body()).length);
	return sizes.reduce((a, b) => a + b, 0);
}

// Everything that holds for a page as it stands in the browser, also one that answers a form (then
// pass the document's bytes; its address cannot be asked for again).
export async function checkPage(tap, page, name, { lang, documentBytes, cookies = false } = {}) {
	const p = await page.evaluate(inspect);
	if (lang) {
		tap.equal(p.lang, lang, `${name}: its language`);
		tap.equal(p.dir, DIR[lang], `${name}: its direction`);
	}
	tap.ok(p.title.length > 3, `${name}: has a title`);
	tap.ok(p.h1 === 1 && !p.skipped.length, `${name}: one first heading, none skipped`, p);
	tap.empty([...p.inline, ...p.foreign, ...p.required, ...p.remembered], `${name}: no script or style of its own, nothing from elsewhere, nothing required or remembered`);
	tap.empty([...p.ids.map((x) => `twice: ${x}`), ...p.dangling.map((x) => `not there: ${x}`)], `${name}: each id once, and each that is named`);
	tap.empty(p.msgids, `${name}: no placeholder left in its text`);
	if (!p.staff)
		tap.ok(p.exits === 1 && p.helplines > 0, `${name}: quick exit and helplines`, p);
	const before = page.viewportSize();
	await page.setViewportSize(NARROW);
	const narrow = await page.evaluate(inspect);
	tap.ok(narrow.scroll <= 0 && !narrow.wide.length, `${name}: fits 320 pixels`, { over: narrow.scroll, wide: narrow.wide });
	tap.empty(narrow.small, `${name}: each target is 44 pixels or more`);
	await page.setViewportSize(before);
	tap.empty(await axe(page), `${name}: axe`);
	if (!cookies)
		tap.empty(await leftovers(page), `${name}: leaves nothing in the browser`);
	const style = documentBytes === undefined ? 0 : 24000;
	const weight = documentBytes === undefined ? await weigh(page) : documentBytes + style;
	tap.ok(weight < WEIGHT_MAX, `${name}: weighs ${(weight / 1024).toFixed(1)} kB`);
	return p;
}

// Pictures to look at, at phone and desktop width.
export async function shoot(page, name) {
	const before = page.viewportSize();
	for (const [size, view] of [['phone', PHONE], ['desktop', DESKTOP]]) {
		await page.setViewportSize(view);
		await page.screenshot({ path: path.join(env.HISN_SHOTS, `${name}-${size}.png`), fullPage: true });
	}
	await page.setViewportSize(before);
}

// The first stop of the tab key is the quick exit, and its focus can be seen.
export async function firstStop(page) {
	await page.keyboard.press('Tab');
	return page.evaluate(() => {
		const e = document.activeElement, s = getComputedStyle(e);
		return { exit: e.classList.contains('exit'), ring: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 };
	});
}

// Headers of an answer that holds a page. Forms of staff pages have to say where they come from: to ourselves alone.
export function headerFaults(headers, staff = false) {
	const faults = [], csp = headers['content-security-policy'] ?? '';
	for (const part of ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
		if (!csp.includes(part))
			faults.push(`Content-Security-Policy lacks ${part}`);
	if (/unsafe|data:|\*/.test(csp))
		faults.push(`Content-Security-Policy: ${csp}`);
	for (const [name, want] of [['cache-control', /no-store/], ['referrer-policy', staff ? /^same-origin$/ : /^no-referrer$/], ['x-content-type-options', /^nosniff$/]])
		if (!want.test(headers[name] ?? ''))
			faults.push(`${name}: ${headers[name]}`);
	for (const name of ['set-cookie', 'server', 'x-powered-by', 'etag', 'last-modified'])
		if (headers[name] !== undefined)
			faults.push(`${name}: ${headers[name]}`);
	return faults;
}
