using System.Diagnostics;
using System.Security.Cryptography;

namespace Scheduler.Tests.Integration.Grpc;

/// <summary>Other gRPC implementations.</summary>
public enum Language
{
    /// <summary>python3-grpcio, over gRPC's C core.</summary>
    Python,

    /// <summary>@grpc/grpc-js, over Node's HTTP/2.</summary>
    Node,
}

/// <summary>Runs the client and server programs of these tests.</summary>
internal static class Foreign
{
    private static readonly Lazy<Task<string>> Packages = new(InstallAsync);

    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Grpc");

    public static async Task<Process> StartAsync(Language language, string script, params string[] arguments)
    {
        var start = new ProcessStartInfo
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (language == Language.Python)
        {
            // Debian's Python, whichever Python comes first in PATH.
            start.FileName = "/usr/bin/python3";
            start.ArgumentList.Add(Path.Combine(Folder, "python", script + ".py"));
        }
        else
        {
            start.FileName = "node";
            start.Environment["NODE_PATH"] = await Packages.Value;
            start.ArgumentList.Add(Path.Combine(Folder, "js", script + ".js"));
        }

        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Start(start);
    }

    /// <summary>Waits for a program to exit successfully.</summary>
    public static async Task SucceedAsync(Process process)
    {
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3), TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        Assert.True(
            process.ExitCode == 0,
            $"{process.StartInfo.FileName} {string.Join(' ', process.StartInfo.ArgumentList)} ended with {process.ExitCode}:\n{await output}{await errors}"
        );
    }

    // Packages are installed into the user's cache, once per lock file, to keep thousands of files out of the sources and the output.
    private static async Task<string> InstallAsync()
    {
        var source = Path.Combine(Folder, "js");
        var key = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(source, "package-lock.json"))))[..16];
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var target = Path.Combine(cache, "scheduler-tests", "grpc-js-" + key);
        var modules = Path.Combine(target, "node_modules");
        if (Directory.Exists(modules))
            return modules;
        var fresh = Directory.CreateDirectory($"{target}.{Environment.ProcessId}").FullName;
        foreach (var name in (string[])["package.json", "package-lock.json"])
            File.Copy(Path.Combine(source, name), Path.Combine(fresh, name), overwrite: true);
        var start = new ProcessStartInfo("npm")
        {
            WorkingDirectory = fresh,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
            start.ArgumentList.Add(argument);
        using (var npm = Start(start))
            await SucceedAsync(npm);
        try
        {
            Directory.Move(fresh, target);
        }
        catch (IOException) when (Directory.Exists(modules))
        {
            // Another run was faster.
            Directory.Delete(fresh, recursive: true);
        }

        return modules;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException(
                $"{start.FileName} is missing; './scheduler test' installs it (apt-get install python3-grpcio npm).",
                e
            );
        }
    }
}
