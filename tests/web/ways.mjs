// SPDX-License-Identifier: Apache-2.0
// The whole way, in three languages, with and without JavaScript: a person reports an address, a contact
// and a hotel, a child a contact; each gets nine words and comes back with them, in another language.
import { Browser, LANGS, Tap, URL_BASE, checkPage, headerFaults, shoot, texts } from './lib.mjs';

const tap = new Tap();
const WAYS = ['/report/address', '/report/solicitation', '/report/travel', '/child/contact'];
const PLANTED = 'mirabelle-said-here', ANSWER = 'answer-from-the-reporter';
const STEPS_MAX = 25;

// What each page of a way says, to find English in other languages: said[lang].get('/report/address 3').
const said = Object.fromEntries(LANGS.map((l) => [l, new Map()]));

// Says something in every field of the page; of choices the first.
async function fill(page) {
	for (const field of await page.locator('main form :is(textarea, input[type=text])').all())
		await field.fill((await field.getAttribute('inputmode')) === 'url' ? `https://place.example/${PLANTED}` : PLANTED);
	for (const day of await page.locator('main input[type=date]').all())
		await day.fill('2026-11-02');
	for (const group of await page.locator('main form > fieldset.choices').all()) {
		const first = group.locator('> label input').first();
		if (await first.count())
			await first.check();
	}
}

// Presses a button and waits for what it answers with; that answer's length for the page's weight.
async function press(page, button) {
	const [answer] = await Promise.all([page.waitForResponse((r) => r.request().method() === 'POST'), button.click()]);
	await page.waitForLoadState();
	return { status: answer.status(), faults: headerFaults(await answer.allHeaders()), bytes: Buffer.byteLength(await page.content()) };
}

async function step(page, button, name, lang, js) {
	const a = await press(page, button);
	tap.ok(a.status === 200 && !a.faults.length, `${name}: is answered`, a);
	if (js)
		await checkPage(tap, page, name, { lang, documentBytes: a.bytes });
	return a;
}

const send = (page) => page.locator('main .actions button[value=send]');

// From the form's first page to the nine words.
async function report(page, lang, way, js, name) {
	await page.goto(`${URL_BASE}/${lang}${way}`);
	for (let n = 1; n < STEPS_MAX && !(await page.locator('.words').count()); n++) {
		const last = (await send(page).count()) > 0;
		said[lang].set(`${way} ${n}`, await page.evaluate(texts));
		if (!last)
			await fill(page);
		else
			tap.ok((await page.content()).includes(PLANTED), `${name}: shown once more before it is sent`);
		if (js && last)
			await shoot(page, `${lang}${way.replaceAll('/', '-')}-review`);
		await step(page, last ? send(page) : page.locator('main .actions button').first(), `${name}, page ${n}`, lang, js);
	}
	if (js)
		await shoot(page, `${lang}${way.replaceAll('/', '-')}-words`);
	const words = (await page.locator('.words li').allInnerTexts()).map((w) => w.trim());
	tap.ok(words.length === 9 && words.every((w) => /^[\p{L}\p{M}'’-]+$/u.test(w)), `${name}: nine words`, words);
	tap.ok(!(await page.content()).includes(PLANTED), `${name}: the receipt does not say what was reported`);
	return words;
}

async function comeBack(page, lang, words, js, name) {
	await page.goto(`${URL_BASE}/${lang}/receipt`);
	const open = page.locator('main button[value=open]'), typed = page.locator('#f-typed');
	await typed.fill([...words.slice(0, 8), 'qwrtzpl'].join(' '));
	await press(page, open);
	tap.ok((await typed.getAttribute('aria-invalid')) === 'true' && (await page.locator('#f-typed-error').count()) === 1,
		`${name}: a word nobody knows is named`);
	await typed.fill(words.join('\n').toUpperCase());
	await step(page, open, `${name}: comes back`, lang, js);
	tap.equal(await page.locator('.status').count(), 1, `${name}: sees where it stands`);
	tap.ok(!(await page.content()).includes(PLANTED), `${name}: never what was reported`);
	await page.locator('#f-text').fill(ANSWER);
	await step(page, page.locator('main button[value=answer]'), `${name}: adds something`, lang, js);
	tap.ok((await page.locator('.talk .mine').allInnerTexts()).some((t) => t.includes(ANSWER)), `${name}: reads it again`);
	await step(page, page.locator('main button[value=withdraw]'), `${name}: thinks of withdrawing`, lang, js);
	await step(page, page.locator('main button[value=withdraw-yes]'), `${name}: asks to withdraw`, lang, js);
	if (js)
		await shoot(page, `${lang}-returned`);
}

await Browser.with(async (b) => {
	for (const [i, lang] of LANGS.entries())
		for (const js of [true, false])
			for (const way of WAYS) {
				const name = `${lang} ${way}${js ? '' : ' without JavaScript'}`, other = LANGS[(i + 1) % LANGS.length];
				const page = await b.page({ js, lang });
				const words = await report(page, lang, way, js, name);
				if (words.length === 9)
					await comeBack(page, other, words, js && way === WAYS[0], `${name}, back in ${other}`);
				await b.close(page);
			}
	for (const lang of ['fr', 'ar'])
		for (const [place, list] of said.en)
			tap.empty(list.filter((t) => /[a-z]/.test(t) && !t.includes(PLANTED) && said[lang].get(place)?.includes(t)), `${lang} ${place}: nothing is left in English`);
	tap.empty([...new Set(b.faults)], 'no page asks for anything elsewhere, breaks its policy or fails');
});
tap.done();
