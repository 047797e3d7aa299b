using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Scheduler.Bbs.Storage.Export;
using Scheduler.Cli.Services;
using Scheduler.Models;

namespace Scheduler.Cli.Archive;

/// <summary><c>scheduler bbs import</c></summary>
internal static class BbsImportCommand
{
    public static Command Create(SettingSource settings)
    {
        var command = new Command("import").Explain(
            """
            Write the state from an export into an empty store; all BBSs of that store must be stopped

            Everything is written in one transaction: a failure, or a file that is damaged anywhere, leaves the store as it was. The keys of
            --encryption-keys must include the one that the export was encrypted with; the store gets the first one.

            Examples:
              scheduler bbs import --store sqlite:/var/lib/scheduler/bbs.db state.export
              zstd -dc state.export.zst | scheduler bbs import --config bbs.yaml --replace -
            """
        );
        var file = new Argument<string>("FILE") { Description = "File of bbs export; - for the standard input" };
        var replace = new Option<bool>("--replace") { Description = "Delete everything that the store contains first" };
        var store = new StoreSettings(settings);
        command.Arguments.Add(file);
        command.Options.Add(replace);
        ConfigFlag.AddTo(command, [.. store.Main, .. store.Details]);
        command.SetAction(
            (parsed, cancellationToken) =>
                TransferErrors.AsCommandAsync(async () =>
                {
                    ConfigFlag.Check(settings, parsed);
                    await ImportAsync(parsed, store, parsed.GetValue(file)!, parsed.GetValue(replace), cancellationToken);
                    return ExitCodes.Ok;
                })
        );
        return command;
    }

    private static async Task ImportAsync(
        ParseResult parsed,
        StoreSettings settings,
        string path,
        bool replace,
        CancellationToken cancellationToken
    )
    {
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        var (keys, time) = (settings.Keys(parsed), TimeProvider.System);
        await using var stream = Open(path);
        using var loggers = LoggerFactory.Create(logging =>
            logging.SetMinimumLevel(LogLevel.Warning).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
        );
        await using var store = settings.Open(parsed, keys, time, loggers);
        var progress = new TransferProgress(error, "importing", time);
        // Before the store is touched: an embedded one is not even created for a file that is no export.
        using var reader = await ExportReader.OpenAsync(stream, store.SchemaVersion, keys, progress.Show, cancellationToken);
        ulong revision;
        try
        {
            revision = await StateTransfer.ImportAsync(
                store,
                reader,
                $"import-{Guid.NewGuid()}",
                replace,
                time,
                loggers.CreateLogger("Scheduler.Bbs.Storage"),
                cancellationToken
            );
        }
        finally
        {
            progress.End();
        }
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"imported revision {reader.Header.Revision} as revision {revision}: {TransferProgress.Describe(reader.Rows)}"
            )
        );
    }

    /// <exception cref="DomainException">The file cannot be read.</exception>
    private static Stream Open(string path)
    {
        if (path == BbsExportCommand.StandardStream)
        {
            if (!Console.IsInputRedirected)
                throw DomainError.Invalid("file", "- reads the standard input, which is a terminal").ToException();
            return Console.OpenStandardInput();
        }
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DomainException(DomainError.Invalid("file", $"cannot read {path}: {failure.Message}"), failure);
        }
    }
}
