import { actionOf, noMore, required } from '../arguments.ts';
import { defineCommand } from '../command.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const completionCommand = defineCommand({
  name: 'completion',
  help: `Usage: postern completion bash|zsh|fish

Writes what makes a shell complete the words of postern: commands, options, servers, users, verbs and settings. Names
are asked of the API while you type. The shell must find postern: put the checkout on PATH, or make an alias.

  bash    source <(postern completion bash)                        in ~/.bashrc
  zsh     source <(postern completion zsh)                         in ~/.zshrc, after compinit
  fish    postern completion fish > ~/.config/fish/completions/postern.fish
`,
  places: [SHELLS],
  options: {},
  run: async ({ words: [word, ...rest] }, { output }) => {
    noMore(rest);
    output.text(SCRIPTS[actionOf(required(word, 'the shell'), SHELLS)]);
    return 0;
  },
});

/** Each calls `postern __complete WORD...`, whose last word is the one being typed, and gets a candidate a line. */
const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: `_postern() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi
}
complete -o default -F _postern postern ./postern
`,
  zsh: `_postern() {
  local -a found assignments others
  found=("\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=("\${(@)found:#}")
  if (( \${#found} == 0 )); then
    _files
    return
  fi
  assignments=("\${(@M)found:#*=}")
  others=("\${(@)found:#*=}")
  compadd -S '' -- "\${assignments[@]}"
  compadd -- "\${others[@]}"
}
compdef _postern postern ./postern
`,
  fish: `function __postern_complete
  set -l typed (commandline -opc)
  set -l found ($typed[1] __complete $typed[2..-1] (commandline -ct) 2>/dev/null)
  if test (count $found) -eq 0
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $found
  end
end
complete -c postern -f -a '(__postern_complete)'
`,
};
