// SPDX-License-Identifier: Apache-2.0
// The whole way of a report, with each person in a language of their own: it arrives and is sorted, a duplicate is
// found, it is confirmed, signed and put before a unit, which accepts and asks; the reporter answers with nine
// words; a removal notice goes out, the page is gone, the case is closed. Then the same in the other languages.
// Every page reached is checked.
import { Browser, LANGS, LINK, PHONE, Tap, URL_BASE, checkPage, shoot } from './lib.mjs';
import { ROLE, confirm, invite, join, report } from './team.mjs';

const tap = new Tap();
const seen = new Set();

// --- people ---

async function team(b) {
	const admin = await join(b, LINK, 'Admin');
	const amina = await join(b, await invite(admin, 'Amina', ROLE.analyst), 'Amina');
	const karim = await join(b, await invite(admin, 'Karim', ROLE.supervisor), 'Karim');
	await confirm(amina, karim);
	await confirm(karim, amina);
	const omar = await join(b, await invite(admin, 'Omar', ROLE.officer, 'MA-CAS'), 'Omar');
	await confirm(amina, omar);
	await confirm(karim, omar);
	return { admin, amina, karim, omar };
}

// --- pages ---

// Each kind of page once in each language; a picture of it at phone and desktop width.
async function check(page, lang, name, cookies = true) {
	if (seen.has(`${lang} ${name}`))
		return;
	seen.add(`${lang} ${name}`);
	const bytes = new TextEncoder().encode(await page.content()).length;
	await checkPage(tap, page, `${lang} ${name}`, { lang, cookies, documentBytes: bytes });
	await shoot(page, `case-${lang}-${name}`);
}

async function go(who, lang, path, name) {
	const answer = await who.page.goto(`${URL_BASE}/${lang}${path}`);
	tap.equal(answer.status(), 200, `${lang} ${who.name} ${name}`);
	await check(who.page, lang, name);
}

// Press a button of a form; the answer must be a page.
async function press(who, lang, button, name) {
	const [answer] = await Promise.all([who.page.waitForNavigation(), button.click()]);
	tap.ok(answer.status() === 200, `${lang} ${who.name} ${name}`, `${answer.status()} ${await who.page.innerText('main')}`);
	await check(who.page, lang, name);
}

async function open(who, lang, path, n, name) {
	await who.page.goto(`${URL_BASE}/${lang}${path}`);
	const list = who.page.locator('.sealed').first().locator('li');
	await press(who, lang, list.nth(n < 0 ? (await list.count()) + n : n).locator('button'), name);
	return who.page.innerText('main');
}

async function act(who, lang, path, action, fill, about) {
	await go(who, lang, `${path}/do/${action}${about ? `?about=${about}` : ''}`, `do-${action}`);
	if (fill)
		await fill(who.page);
	await press(who, lang, who.page.locator('main form .actions button').first(), `case-${action}`);
}

// --- a report from the public ---

async function answer(b, lang, words, text, asked) {
	const page = await b.page({ lang });
	await page.goto(`${URL_BASE}/${lang}/receipt`);
	await page.fill('[name=typed]', words.join(' '));
	await page.locator('main button').first().click();
	await page.waitForLoadState();
	tap.ok((await page.innerText('main')).includes(asked), `${lang} the reporter reads the question with nine words`);
	await page.fill('[name=text]', text);
	await page.locator('button[value=answer]').click();
	await page.waitForLoadState();
	await b.close(page);
}

async function newest(who, lang, filter = '') {
	await who.page.goto(`${URL_BASE}/${lang}/staff/reports${filter}`);
	return (await who.page.locator('.rows a').first().getAttribute('href')).slice(3);
}

// --- the way ---

const WORDS = {
	fr: { said: 'Une page étrange a été vue.', ask: 'Où exactement ?', answer: 'Dans un groupe.', letter: 'Merci d’agir.' },
	ar: { said: 'رأيت صفحة غريبة.', ask: 'أين بالضبط؟', answer: 'في مجموعة.', letter: 'المرجو التدخل.' },
	en: { said: 'A strange page was seen.', ask: 'Where exactly?', answer: 'In a group.', letter: 'Please act.' },
};

async function sorted(b, lang, t) {
	const url = `https://way-${lang}.example/group`;
	const words = await report(b, lang, 'address', { url, words: WORDS[lang].said, child_known: 'yes' });
	const first = await newest(t.amina, lang, '?which=nobody');
	await report(b, lang, 'address', { url, words: WORDS[lang].said });
	await go(t.amina, lang, '/staff', 'home');
	await go(t.amina, lang, '/staff/reports', 'queue');
	await go(t.amina, lang, '/staff/reports?kind=address&priority=1', 'queue-filtered');
	await go(t.amina, lang, first, 'case');
	await press(t.amina, lang, t.amina.page.locator('form[action$="/do/take"] button'), 'case-taken');
	const text = await open(t.amina, lang, first, 0, 'opened');
	tap.ok(text.includes(url) && !(await t.amina.page.locator(`a[href*="way-${lang}"]`).count()), `${lang} the address is text, not a link`);
	tap.ok(!text.includes(WORDS[lang].said), `${lang} the words are folded`);
	await t.amina.page.locator('summary').filter({ has: t.amina.page.locator('.sr') }).first().click();
	tap.ok((await t.amina.page.innerText('main')).includes(WORDS[lang].said), `${lang} and unfolded by a click`);
	await shoot(t.amina.page, `case-${lang}-unfolded`);
	return { path: first, words, url };
}

async function duplicate(lang, t, path) {
	await go(t.amina, lang, `${path}/like`, 'like');
	const other = (await t.amina.page.locator('section.card h2 a').first().getAttribute('href')).slice(3);
	await t.amina.page.goto(`${URL_BASE}/${lang}${other}`);
	await press(t.amina, lang, t.amina.page.locator('form[action$="/do/take"] button'), 'case-taken');
	await t.amina.page.goto(`${URL_BASE}/${lang}${path}/like`);
	await press(t.amina, lang, t.amina.page.locator(`form[action*="${other}"] button`), 'case-duplicate');
	await go(t.amina, lang, path, 'case-with-duplicate');
	tap.equal(await t.amina.page.locator('.rows li').count(), 1, `${lang} the duplicate stands with its main report`);
}

async function confirmed(lang, t, path) {
	await t.amina.page.goto(`${URL_BASE}/${lang}${path}`);
	await press(t.amina, lang, t.amina.page.locator('form[action$="/do/assess"] button'), 'case-assessing');
	await act(t.amina, lang, path, 'confirm', async (page) => {
		await page.check('[value=baseline]');
		await page.check('[value=CSAM_DIST]');
	});
}

async function referred(lang, t, path) {
	await go(t.amina, lang, `${path}/refer?territory=MA-CAS`, 'refer');
	await t.amina.page.check('[name=unit][value=MA-CAS]');
	await t.amina.page.check('[name=names_seen]');
	await t.amina.page.check('[name=identifies_child]');
	await t.amina.page.fill('[name=text]', WORDS[lang].letter);
	await press(t.amina, lang, t.amina.page.locator('form[method=post] .actions button'), 'case-proposed');
	await go(t.karim, lang, '/staff', 'home-supervisor');
	await t.karim.page.goto(`${URL_BASE}/${lang}${path}`);
	const about = (await t.karim.page.locator('a[href*="/do/sign"]').first().getAttribute('href')).split('=')[1];
	await act(t.karim, lang, path, 'sign', async (page) => {
		for (const area of await page.locator('textarea').all())
			await area.fill(WORDS[lang].letter);
		await page.check('[name=names_seen]');
	}, about);
	return about;
}

async function atUnit(b, lang, t, path, about, words) {
	await go(t.omar, lang, '/staff', 'home-unit');
	await go(t.omar, lang, '/staff/reports', 'queue-unit');
	await go(t.omar, lang, path, 'case-unit');
	await act(t.omar, lang, path, 'accept', null, about);
	await go(t.omar, lang, `${path}/do/ask?to=${lang}`, 'do-ask');
	await t.omar.page.selectOption('[name=snippet]', 'place');
	await press(t.omar, lang, t.omar.page.locator('button[value=insert]'), 'ask-ready-words');
	await t.omar.page.fill('[name=text]', WORDS[lang].ask);
	await press(t.omar, lang, t.omar.page.locator('main form .actions button').first(), 'case-asked');
	await answer(b, lang, words, WORDS[lang].answer, WORDS[lang].ask);
	tap.ok((await open(t.omar, lang, path, -1, 'opened-answer')).includes(WORDS[lang].answer), `${lang} the unit reads the answer`);
	await act(t.omar, lang, path, 'done', (page) => page.fill('[name=text]', WORDS[lang].letter), about);
}

async function together(lang, t, path) {
	await act(t.amina, lang, path, 'opinion', async (page) => {
		await page.selectOption('[name=member]', { label: 'Karim' });
		await page.fill('[name=text]', WORDS[lang].ask);
	});
	await go(t.karim, lang, '/staff/tasks', 'tasks');
	tap.ok((await t.karim.page.locator('.rows a').count()) > 0, `${lang} the question is among the colleague’s tasks`);
	await go(t.amina, lang, '/staff/search', 'search');
}

async function searched(lang, t, url) {
	await t.amina.page.goto(`${URL_BASE}/${lang}/staff/search`);
	await t.amina.page.fill('[name=typed]', url);
	await press(t.amina, lang, t.amina.page.locator('main form button'), 'search-found');
	tap.equal(await t.amina.page.locator('.rows a').count(), 2, `${lang} both reports are found by their address`);
}

// A letter by post: nothing leaves the machine of a test.
async function removed(lang, t, path, url) {
	const page = t.amina.page, id = path.slice(-32);
	await go(t.amina, lang, `/staff/notices/new/${id}`, 'notice-kinds');
	await go(t.amina, lang, `/staff/notices/new/${id}?kind=hosting`, 'notice-new');
	await page.fill('[name=addresses]', url);
	await page.selectOption('[name=offence]', 'CSAM_DIST');
	await page.fill('[name=name]', 'Host');
	await page.fill('[name=postal]', '1, Street');
	await page.check(`[name=language][value=${lang}]`);
	await page.check('[name=channel][value=paper]');
	await press(t.amina, lang, page.locator('button[value=preview]'), 'notice-letter');
	await press(t.amina, lang, page.locator('button[value=save]'), 'notice-draft');
	await press(t.amina, lang, page.locator('button[value=open]'), 'notice-opened');
	await press(t.amina, lang, page.locator('button[value=sent]'), 'notice-sent');
	await go(t.amina, lang, path, 'case-notice');
	await page.locator('a[href*="/staff/notices/"]').last().click();
	await page.waitForLoadState();
	await page.check('[name=outcome][value=offline]');
	await press(t.amina, lang, page.locator('button[value=recheck]'), 'notice-gone');
	await press(t.amina, lang, page.locator('button[value=end]'), 'notice-ended');
}

async function closed(lang, t, path) {
	for (const action of ['note', 'assign', 'priority', 'task', 'hold', 'recuse'])
		await go(t.amina, lang, `${path}/do/${action}`, `do-${action}`);
	for (const action of ['exclude', 'grant'])
		await go(t.karim, lang, `${path}/do/${action}`, `do-${action}`);
	await act(t.amina, lang, path, 'close', null);
	await go(t.amina, lang, path, 'case-closed');
	await go(t.amina, lang, '/staff/reports?which=all', 'queue-all');
}

async function way(b, lang, t) {
	const r = await sorted(b, lang, t);
	await duplicate(lang, t, r.path);
	await searched(lang, t, r.url);
	await confirmed(lang, t, r.path);
	await together(lang, t, r.path);
	const about = await referred(lang, t, r.path);
	await atUnit(b, lang, t, r.path, about, r.words);
	await removed(lang, t, r.path, r.url);
	await closed(lang, t, r.path);
}

await Browser.with(async (b) => {
	const t = await team(b);
	for (const who of Object.values(t))
		await who.page.setViewportSize(PHONE);
	for (const lang of LANGS)
		await way(b, lang, t);
	tap.empty(b.faults.filter((f) => !/40[39]|422/.test(f)), 'nothing asked of elsewhere, no error in the console');
});
tap.done();
