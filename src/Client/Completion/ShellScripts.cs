namespace Scheduler.Client.Completion;

/// <summary>
/// One script per shell. Each asks <c>scheduler complete</c> what a word may become, so a script fits every version of the program.
/// </summary>
internal static class ShellScripts
{
    public static readonly IReadOnlyDictionary<string, string> All = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["bash"] = """
            # bash completion for scheduler
            _scheduler() {
              local program=${COMP_WORDS[0]/#\~/$HOME} word=${COMP_WORDS[COMP_CWORD]} line
              local -a lines
              COMPREPLY=()
              # The = of --flag=value is a word of its own here.
              [ "$word" != = ] || word=
              mapfile -t lines < <("$program" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
              for line in "${lines[@]}"; do
                case $line in
                  :) ;;
                  :files)
                    compopt -o filenames
                    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$word")
                    ;;
                  *) COMPREPLY+=("${line%%$'\t'*}") ;;
                esac
              done
            }
            complete -F _scheduler scheduler
            """,
        ["zsh"] = """
            #compdef scheduler
            # zsh completion for scheduler
            _scheduler() {
              local program=${words[1]/#\~/$HOME} line word
              local -a lines candidates
              local files=
              lines=("${(@f)$("$program" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
              for line in "${lines[@]}"; do
                case $line in
                  '' | :) ;;
                  :files) files=yes ;;
                  *)
                    word=${line%%$'\t'*}
                    # A colon separates a candidate from what it means.
                    candidates+=("${word//:/\\:}${${(M)line:#*$'\t'*}:+:${line#*$'\t'}}")
                    ;;
                esac
              done
              [ ${#candidates} -eq 0 ] || _describe 'scheduler' candidates
              [ -z "$files" ] || _files
            }
            # Read as a file of $fpath, this file is the function itself.
            if [ "${funcstack[1]:-}" = _scheduler ]; then _scheduler "$@"; else compdef _scheduler scheduler; fi
            """,
        ["fish"] = """
            # fish completion for scheduler
            function __scheduler_complete
                set -l tokens (commandline -opc)
                set -l current (commandline -ct)
                set -l program (string replace -r '^~' $HOME -- $tokens[1])
                set -e tokens[1]
                for line in ($program complete -- $tokens "$current" 2>/dev/null)
                    switch $line
                        case ':'
                        case ':files'
                            __fish_complete_path "$current"
                        case '*'
                            echo $line
                    end
                end
            end
            complete -c scheduler -f -a '(__scheduler_complete)'
            """,
    };
}
