/** Warns on the console, unless the program says that it runs in production (`NODE_ENV`). */
export function warnInDevelopment(message: string): void {
  if (!isProduction()) console.warn(`rxjs-background: ${message}`);
}

function isProduction(): boolean {
  try {
    // Written out, as bundlers replace exactly these words.
    return process.env.NODE_ENV === 'production';
  } catch {
    return false;
  }
}
