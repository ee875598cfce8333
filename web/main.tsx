/** Starts the page: takes the token out of the address, then shows the view that the address says. */
import { render } from 'preact';
import { App } from './app.tsx';
import { holdToken } from './client/api.ts';
import { followAddress } from './client/view.ts';
import { tokenIn } from './core/address.ts';

const found = tokenIn(location.hash);
if (found !== undefined) {
  // Neither the history nor a copied address is to have it.
  history.replaceState(null, '', found.hash);
  holdToken(found.token);
}
followAddress();
const root = document.getElementById('page');
if (root !== null) render(<App />, root);
