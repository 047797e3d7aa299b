using Scheduler.Models;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Access;

/// <summary>
/// Copies run as a process of the container, by a user of the container: whatever links, mounts or devices the container has prepared lead
/// to where they lead that user, and what is written counts towards the container's limits.
/// </summary>
internal static class CopyScripts
{
    /// <summary>What <see cref="In"/> writes once the archive may come.</summary>
    public const string Into = "into\n",
        Named = "named\n";

    private const int Missing = 44,
        Unfit = 45,
        NoParent = 46,
        Forbidden = 47;

    // $1: busybox, or empty for the image's own programs; $2: the path.
    private const string Out = """
        b=$1 p=$2
        if [ -L "$p" ]; then p=$($b readlink -f "$p"); fi
        if [ ! -e "$p" ]; then exit 44; fi
        if [ -d "$p" ]; then cd "$p" || exit 47; exec $b tar -c -f - .; fi
        if [ ! -f "$p" ]; then exit 45; fi
        cd "${p%/*}/" || exit 47
        exec $b tar -c -f - "./${p##*/}"
        """;

    private const string In = """
        b=$1 p=$2
        if [ -d "$p" ]; then cd "$p" || exit 47; echo into
        else
          case $p in */) exit 44;; esac
          if [ ! -d "${p%/*}/" ]; then exit 46; fi
          if [ -e "$p" ] && [ ! -f "$p" ]; then exit 45; fi
          cd "${p%/*}/" || exit 47
          echo named
        fi
        exec $b tar -x -o -f -
        """;

    public static ProcessSpec Reader(ProcessSpec like, string? busybox, string path) => Script(like, busybox, Out, path);

    public static ProcessSpec Writer(ProcessSpec like, string? busybox, string path) => Script(like, busybox, In, path);

    /// <exception cref="DomainException">With <see cref="ErrorKind.InvalidRequest"/>.</exception>
    public static void RequireAbsolute(string path)
    {
        if (path is not ['/', ..])
            throw DomainError.Invalid("path", "must be an absolute path in the container").ToException();
    }

    /// <summary>Why the script ended with that code; null if it succeeded.</summary>
    /// <param name="said">Its error output.</param>
    public static DomainError? Failure(int code, string name, string path, string said) =>
        code switch
        {
            0 => null,
            Missing => new DomainError(ErrorKind.ResourceNotFound, $"{name} has no {path}"),
            Unfit => DomainError.Invalid("path", $"must be a file or a directory; {path} in {name} is neither"),
            NoParent => new DomainError(ErrorKind.ResourceNotFound, $"{name} has no directory to create {path} in"),
            Forbidden => new DomainError(ErrorKind.InvalidStateTransition, $"{path} in {name} cannot be entered: {said}"),
            _ => new DomainError(
                ErrorKind.InvalidStateTransition,
                $"the copy failed in {name}: {(said.Length > 0 ? said : $"tar exited with {code}")}"
            ),
        };

    private static ProcessSpec Script(ProcessSpec like, string? busybox, string script, string path)
    {
        string[] shell = busybox is null ? ["sh"] : [busybox, "sh"];
        return like with { Path = shell[0], Args = [.. shell[1..], "-c", script, "copy", busybox ?? "", path], Dir = "/" };
    }
}
