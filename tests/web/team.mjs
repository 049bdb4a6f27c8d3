// SPDX-License-Identifier: Apache-2.0
// What tests of staff pages share: people who join and confirm each other, and a look at each page they come to.
//
//	const look = new Look(tap, 'office');
//	const amina = await join(b, LINK, 'Amina');
//	await look.go(amina, 'ar', '/staff/roster', 'roster');
//	await look.press(amina, 'ar', amina.page.locator('main button'), 'roster-added');
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { DESKTOP, NARROW, Tap, URL_BASE, checkPage, shoot } from './lib.mjs';

export const PASSWORD = 'four calm words here';
export const ROLE = { analyst: '1', supervisor: '2', officer: '3', auditor: '4', administrator: '5' };

// --- people ---

export const localPath = (link) => link.trim().replace(/.*(\/staff\/)/, '$1');

export async function fill(page, values) {
	for (const [id, value] of Object.entries(values))
		await page.fill('#' + id, value);
}

export async function signIn(b, name, password = PASSWORD) {
	const page = await b.page({ lang: 'en' });
	await page.goto(`${URL_BASE}/en/staff/sign-in`);
	await fill(page, { name, password });
	await Promise.all([page.waitForNavigation(), page.click('main form button')]);
	return page;
}

// All that is folded, with the focus where it was.
export const unfold = (page) => page.$$eval('main details', (all) => all.forEach((e) => { e.open = true; }));

export async function fingerprint(page) {
	const number = page.locator('.fingerprint');
	return (await number.count()) ? (await number.innerText()).trim() : '';
}

export async function join(b, link, name) {
	const page = await b.page({ lang: 'en' });
	await page.goto(`${URL_BASE}/en${localPath(link)}`);
	await fill(page, { name, sign_in: name.toLowerCase(), password: PASSWORD, again: PASSWORD });
	await Promise.all([page.waitForNavigation(), page.click('main button')]);
	const number = await fingerprint(page);
	await b.close(page);
	return { page: await signIn(b, name.toLowerCase()), name, fingerprint: number };
}

export async function invite(admin, name, role, unit = 'national') {
	await admin.page.goto(`${URL_BASE}/en/staff/members`);
	await admin.page.fill('#name', name);
	await admin.page.selectOption('#role', role);
	await admin.page.selectOption('#unit', unit);
	await Promise.all([admin.page.waitForNavigation(), admin.page.click('form[action$="/invite"] button')]);
	return (await admin.page.locator('.notice code').innerText()).trim();
}

export async function confirm(by, whom) {
	await by.page.goto(`${URL_BASE}/en/staff/members`);
	const row = by.page.locator('tbody tr', { hasText: whom.name });
	await row.locator('input[name=fingerprint]').fill(whom.fingerprint);
	await Promise.all([by.page.waitForNavigation(), row.locator('form[action$="/confirm"] button').click()]);
}

// A report from the public, sent with these values; its nine words.
export async function report(b, lang, kind, values) {
	const page = await b.page({ lang });
	await page.goto(`${URL_BASE}/${lang}/report/${kind}`);
	for (let n = 0; n < 12 && !(await page.locator('.words').count()); n++) {
		for (const [name, value] of Object.entries(values)) {
			const field = page.locator(`[name="${name}"]:not([type=radio], [type=checkbox])`);
			const choice = page.locator(`[name="${name}"][value="${value}"]`);
			if (await choice.count())
				await choice.first().check();
			else if (await field.count())
				await field.first().fill(value);
		}
		const send = page.locator('button[value=send]');
		await ((await send.count()) ? send : page.locator('button[value=next]')).click();
		await page.waitForLoadState();
	}
	const words = await page.locator('.words li').allInnerTexts();
	await b.close(page);
	return words;
}

// The code an authenticator shows; off: half minutes from now.
export function totp(secret, off = 0) {
	const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', bytes = [];
	let bits = 0, n = 0;
	for (const c of secret.replaceAll(' ', '')) {
		bits = (bits << 5) | letters.indexOf(c);
		if ((n += 5) >= 8)
			bytes.push((bits >> (n -= 8)) & 255);
		bits &= (1 << n) - 1;
	}
	const step = Buffer.alloc(8);
	step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + off));
	const digest = createHmac('sha1', Buffer.from(bytes)).update(step).digest(), at = digest[19] & 15;
	return String((digest.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}

// Straight into the desk's database: what would take hours to come about.
export function sql(statement) {
	const code = 'import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1], timeout=10)\ndb.executescript(sys.argv[2])\ndb.commit()';
	execFileSync('python3', ['-c', code, process.env.HISN_DATABASE, statement]);
}

// --- words ---

// What stands in English in the templates and is said otherwise in this language: { whole: Set, parts: [RegExp] }.
function catalogue(lang) {
	const folder = path.join(import.meta.dirname, '..', '..', 'locale', lang), whole = new Set(), parts = [];
	const said = (s) => JSON.parse(`"${s}"`);
	for (const file of fs.readdirSync(folder))
		for (const m of fs.readFileSync(path.join(folder, file), 'utf8').matchAll(/^msgid "(.+)"\n(?:msgid_plural "(.+)"\n)?msgstr(?:\[0\])? "(.*)"$/gm))
			for (const id of [m[1], m[2]].filter((x) => x && x !== m[3] && /[a-z]{2}/.test(x)).map(said))
				if (!/\{[0-9n]\}/.test(id))
					whole.add(id);
				else if (id.replace(/\{[0-9n]\}/g, '').length > 3)
					parts.push(new RegExp('^' + id.split(/\{[0-9n]\}/).map((x) => x.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+') + '$'));
	return { whole, parts };
}

// Runs in the page: every piece of text, and what is said of pictures and regions.
function pieces() {
	const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	const here = (e) => e.closest('[lang]') === document.documentElement;
	while (walk.nextNode())
		if (here(walk.currentNode.parentElement))
			found.push(walk.currentNode.data);
	for (const e of document.querySelectorAll('[aria-label], [alt], [title], [placeholder]'))
		found.push(...['aria-label', 'alt', 'title', 'placeholder'].map((x) => e.getAttribute(x) ?? ''));
	return [document.title, ...found].map((x) => x.trim().replace(/\s+/g, ' ')).filter(Boolean);
}

// Runs in the page. What has the focus: who it is, and why it cannot be seen, if so.
function stop() {
	const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
	if (e === document.body)
		return null;
	const choice = e.closest('.choice'), ring = choice ? getComputedStyle(choice) : s;
	const faults = [];
	if (ring.outlineStyle === 'none' || parseFloat(ring.outlineWidth) < 2)
		faults.push('no ring');
	if (b.bottom < 1 || b.top > innerHeight - 1 || b.right < 1 || b.left > innerWidth - 1)
		faults.push('not in sight');
	return { at: [...document.querySelectorAll('*')].indexOf(e), faults: faults.map((f) => `${f}: ${e.outerHTML.slice(0, 120)}`) };
}

// The tab key goes through the whole page; what it comes to can be seen each time.
async function tabbed(page) {
	const faults = [], met = new Set();
	for (let n = 0; n < 150; n++) {
		await page.keyboard.press('Tab');
		const s = await page.evaluate(stop);
		if (!s || met.has(s.at))
			break;
		met.add(s.at);
		faults.push(...s.faults);
	}
	const links = await page.locator('a[href], button, select, summary').count();
	return met.size < Math.min(links, 8) ? [...faults, `only ${met.size} stops`] : faults;
}

// --- pages ---

// Each kind of page once in each language, with pictures of it. The tab key goes through it in Arabic, on a phone.
export class Look {
	seen = new Set();
	constructor(tap, prefix) {
		this.tap = tap;
		this.prefix = prefix;
		this.words = { fr: catalogue('fr'), ar: catalogue('ar') };
		tap.ok(this.words.fr.whole.size > 500 && this.words.ar.whole.size > 500, 'the catalogues are read');
	}
	async page(page, lang, name) {
		if (this.seen.has(`${lang} ${name}`))
			return;
		this.seen.add(`${lang} ${name}`);
		const title = `${lang} ${name}`, bytes = new TextEncoder().encode(await page.content()).length;
		await checkPage(this.tap, page, title, { lang, cookies: true, documentBytes: bytes });
		await shoot(page, `${this.prefix}-${lang}-${name}`);
		const before = page.viewportSize();
		await page.setViewportSize(DESKTOP);
		this.tap.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${title}: fits a desk’s screen`);
		const words = this.words[lang];
		if (words)
			this.tap.empty((await page.evaluate(pieces)).filter((x) => words.whole.has(x) || words.parts.some((p) => p.test(x))), `${title}: nothing is left in English`);
		await page.setViewportSize(NARROW);
		if (lang === 'ar')
			this.tap.empty(await tabbed(page), `${title}: what has the focus is seen`);
		await page.setViewportSize(before);
	}
	async go(who, lang, at, name, status = 200) {
		const answer = await who.page.goto(`${URL_BASE}/${lang}${at}`);
		this.tap.equal(answer.status(), status, `${lang} ${name}: ${status}`);
		await this.page(who.page, lang, name);
	}
	// Press a button; the answer must be a page of this status.
	async press(who, lang, button, name, status = 200) {
		const [answer] = await Promise.all([who.page.waitForNavigation(), button.first().click()]);
		this.tap.ok(answer.status() === status, `${lang} ${name}: ${status}`, `${answer.status()} ${await who.page.innerText('main')}`);
		await this.page(who.page, lang, name);
	}
}

// The button of the form that posts to an address with this end.
export const button = (who, end, more = '') => who.page.locator(`main form[action$="${end}"] button${more}`);
