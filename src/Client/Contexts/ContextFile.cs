using System.Text.Json;
using Scheduler.Models;

namespace Scheduler.Client.Contexts;

/// <summary>
/// The contexts of this user: <c>$XDG_CONFIG_HOME/scheduler/contexts.json</c>, or below <c>~/.config</c>. It says whom commands trust, so
/// only its owner may read and write it.
/// </summary>
internal sealed class ContextFile(string path)
{
    /// <summary>The name that means no stored context: the running development node, or the default address.</summary>
    public const string Dev = "dev";

    // More clusters than a person tells apart; it keeps the file small, which every command reads.
    public const int MaxContexts = 100;

    private const int MaxNameLength = 63;
    private const int MaxBytes = 256 * 1024;

    public static ContextFile OfUser =>
        new(
            Path.Combine(
                Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } config
                    ? config
                    : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config"),
                "scheduler",
                "contexts.json"
            )
        );

    /// <returns>None if there is no file.</returns>
    /// <exception cref="DomainException">The file is damaged or cannot be read.</exception>
    public StoredContexts Read()
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length > MaxBytes)
                throw Damaged($"has more than {MaxBytes / 1024} KiB");
            return
                JsonSerializer.Deserialize(file, ContextJson.Default.StoredContexts) is { Contexts: not null } read
                && read.Contexts.Values.All(context => context is { Bbs.Length: > 0 })
                ? read
                : throw Damaged("names no BBS for some context");
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return new StoredContexts(null, []);
        }
        catch (JsonException failure)
        {
            throw Damaged($"is no JSON ({failure.Message})", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DomainException(DomainError.Invalid("context", $"cannot read {path}: {failure.Message}"), failure);
        }
    }

    /// <summary>Replaces the file as a whole: whoever reads it sees the old or the new content.</summary>
    /// <exception cref="DomainException">The file cannot be written, or would be too large.</exception>
    public void Write(StoredContexts contexts)
    {
        if (contexts.Contexts.Count > MaxContexts)
            throw DomainError.Invalid("context", $"there may be at most {MaxContexts}; remove one first").ToException();
        var bytes = JsonSerializer.SerializeToUtf8Bytes(contexts, ContextJson.Default.StoredContexts);
        if (bytes.Length > MaxBytes)
            throw DomainError.Invalid("context", $"all together must not exceed {MaxBytes / 1024} KiB").ToException();
        var draft = $"{path}.{Guid.NewGuid():n}";
        try
        {
            Directory.CreateDirectory(
                Path.GetDirectoryName(path)!,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            );
            using (
                var file = new FileStream(
                    draft,
                    new FileStreamOptions
                    {
                        Mode = FileMode.CreateNew,
                        Access = FileAccess.Write,
                        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                    }
                )
            )
                file.Write(bytes);
            File.Move(draft, path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            File.Delete(draft);
            throw new DomainException(DomainError.Invalid("context", $"cannot write {path}: {failure.Message}"), failure);
        }
    }

    /// <param name="field">What named it, for the error.</param>
    /// <returns>Null for <see cref="Dev"/>.</returns>
    /// <exception cref="DomainException">There is no such context; names the one that may be meant.</exception>
    public static ClusterContext? Find(StoredContexts stored, string name, string field)
    {
        if (name == Dev)
            return null;
        if (stored.Contexts.TryGetValue(name, out var context))
            return context;
        var nearest = Spelling.Nearest(name, stored.Contexts.Keys.Append(Dev));
        throw DomainError
            .Invalid(
                field,
                $"there is no context \"{name}\"" + (nearest is null ? "; scheduler context list shows all" : $"; did you mean {nearest}?")
            )
            .ToException();
    }

    /// <exception cref="DomainException">It cannot be the name of a context.</exception>
    public static void CheckName(string name)
    {
        if (name == Dev)
            throw DomainError.Invalid("NAME", $"must not be {Dev}, which stands for the running ./scheduler dev").ToException();
        if (
            name.Length is 0 or > MaxNameLength
            || !char.IsAsciiLetterOrDigit(name[0])
            || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')
        )
            throw DomainError
                .Invalid(
                    "NAME",
                    $"must have 1 to {MaxNameLength} letters, digits, dashes, dots and underscores, and begin with a letter or digit"
                )
                .ToException();
    }

    private DomainException Damaged(string how, Exception? inner = null) =>
        new(DomainError.Invalid("context", $"{path} is damaged: it {how}; correct or remove it"), inner);
}
