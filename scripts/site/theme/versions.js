/** The version of this site, and a way to the same page of another one. */
import { useData } from "vitepress";
import { defineComponent, h, onMounted, ref } from "vue";

/** The list is read when the page is shown: an old version cannot know the later ones. */
const listOf = async (root) => {
  const answer = await fetch(`${root}versions.json`);
  return answer.ok ? await answer.json() : [];
};

export const Versions = defineComponent(() => {
  const { site, theme } = useData();
  const { label, root } = theme.value.version;
  const known = ref([]);
  onMounted(async () => {
    known.value = await listOf(root);
  });
  const go = async ({ target }) => {
    const front = `${root}${target.value}`;
    const page = `${front}${location.pathname.slice(site.value.base.length)}`;
    const { ok } = await fetch(page, { method: "HEAD" });
    location.href = ok ? page : front;
  };
  const option = ({ label: name, folder }) =>
    h("option", { value: folder, selected: name === label }, name);
  return () =>
    known.value.length > 1
      ? h(
        "select",
        { class: "site-version", "aria-label": "Version", onChange: go },
        known.value.map(option),
      )
      // The theme follows links by itself, and this page is not one of its own.
      : h("a", {
        class: "site-version",
        href: `${root}versions.html`,
        target: "_self",
      }, label);
});
