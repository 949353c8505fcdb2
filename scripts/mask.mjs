/**
 * Output without addresses of package registries: they differ from machine to machine and are nobody's business.
 *
 * @param {string} text
 */
export function masked(text) {
  return text.replaceAll(/(https?:\/\/)[^\s/'"]*(?:registry|npm|proxy|artifactory|nexus)[^\s'"]*/gi, '$1<registry>');
}
