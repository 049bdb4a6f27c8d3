/* SPDX-License-Identifier: Apache-2.0 */
/* A small policy image, overlay and release in a folder, for flow tests that must not depend on the
 * compiler. */
#include "base/file.h"
#include "testimage.h"

static int save(struct testimage *t, const char *folder, const char *name)
{
	char path[512];
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	struct policy *p = ti_build(t);
	int err = file_replace(path, p->memory, p->h->size, 0644);
	policy_unref(p);
	return err;
}

static struct testimage *image(void)
{
	struct testimage *t = ti_new(POLICY_IMAGE);
	ti_add(t, "adult.example", TI_BOTH, "adult");
	ti_add(t, "games.example", TI_BOTH, "games");
	ti_add(t, "help.example", TI_EXACT, "lifeline");
	ti_add(t, "malware.example", TI_BOTH, "malware");
	ti_add(t, "video.example", TI_EXACT, "engine");
	ti_cname(
		t, "video.example", POLICY_ENGINE + ENGINE_VIDEO, REWRITE_STRICT, "strict.example");
	ti_cname(t, "video.example", POLICY_ENGINE + ENGINE_VIDEO, REWRITE_MODERATE,
		"moderate.example");
	(void)ti_allow_cat(t, "child");
	ti_add(t, "stories.example", TI_BOTH, "child");
	t->meta = "{\"lists\": [{\"category\": \"adult\", \"name\": \"first\", \"licence\": "
		  "\"CC0-1.0\", \"date\": \"2026-11-01\"},"
		  " {\"category\": \"adult\", \"name\": \"second\"}, {\"category\": \"games\", "
		  "\"path\": \"games.txt\"}]}";
	return t;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	struct testimage *overlay = ti_new(POLICY_OVERLAY), *release = ti_new(POLICY_RELEASE);
	ti_add(overlay, "added.example", TI_BOTH, "adult");
	overlay->meta = "{\"lists\": [{\"category\": \"adult\", \"name\": \"today\"}]}";
	ti_add(release, "order.example", TI_BOTH, "statutory");
	struct testimage *other = ti_new(POLICY_OVERLAY);
	other->key.k1++;
	return save(image(), argv[1], "image") || save(overlay, argv[1], "overlay") ||
	       save(release, argv[1], "release") || save(other, argv[1], "otherkey");
}
