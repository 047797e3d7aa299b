using System.Text;
using Scheduler.Models;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Access;

/// <summary>The script that copies, with the end of what it says on its error output.</summary>
internal sealed class CopyProcess(IAttachedProcess process, string name, string path, long maxBytes)
{
    private const int KeptOfErrors = 2_000;

    private readonly StringBuilder _said = new();
    private long _bytes;

    /// <summary>Reads its error output to the end, and keeps the beginning.</summary>
    public async Task ListenAsync(CancellationToken cancellation)
    {
        var buffer = new byte[4 << 10];
        while (await process.Error!.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            if (_said.Length < KeptOfErrors)
                _said.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }
    }

    /// <summary>Counts bytes of the archive.</summary>
    /// <exception cref="DomainException">With <see cref="ErrorKind.InvalidRequest"/>: more than a copy may have.</exception>
    public void Count(int bytes)
    {
        _bytes += bytes;
        if (_bytes > maxBytes)
            throw DomainError
                .Invalid("path", $"must have at most {maxBytes} bytes as an archive (--max-copy-bytes of the cell); {path} has more")
                .ToException();
    }

    /// <summary>Waits for its end.</summary>
    /// <param name="listening">Reads its error output.</param>
    /// <exception cref="DomainException">The copy failed; says why.</exception>
    public async Task RequireSuccessAsync(Task listening, CancellationToken cancellation)
    {
        await listening;
        var code = await Waits.ForAsync(process.Exit, cancellation);
        if (CopyScripts.Failure(code, name, path, Said()) is { } failure)
            throw failure.ToException();
    }

    private string Said() => AccessLog.Shown(_said.ToString().Trim().Replace("\n", "; ", StringComparison.Ordinal));
}
