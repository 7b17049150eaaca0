// A verifier that shares nothing with Cease: Go's own notes and logs (golang.org/x/mod/sumdb), and the standard library.
//
//	verify bundle FILE ROOT-KEY      accepts a bundle, or says what is wrong
//	verify mutations FILE ROOT-KEY   changes every single bit of it and counts what is accepted
//	verify log DIR LOG-KEY           reads a whole log as tiles (C2SP tlog-tiles) and checks every proof in it
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var strict = base64.StdEncoding.Strict()

// cosigner checks cosignature/v1 (C2SP tlog-cosignature) for note.Open.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig[:8]))
	return ed25519.Verify(c.key, append([]byte(head), msg...), sig[8:])
}

func newCosigner(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("witness key: form")
	}
	key, err := strict.DecodeString(parts[2])
	if err != nil || len(key) != 33 || key[0] != 4 {
		return nil, errors.New("witness key: algorithm")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if fmt.Sprintf("%x", sum[:4]) != parts[1] {
		return nil, errors.New("witness key: hash")
	}
	return &cosigner{parts[0], binary.BigEndian.Uint32(sum[:4]), key[1:]}, nil
}

// open opens a note of which every line is by a known key, in its one spelling.
func open(text string, keys ...note.Verifier) (*note.Note, error) {
	n, err := note.Open([]byte(text), note.VerifierList(keys...))
	if err != nil {
		return nil, err
	}
	again := n.Text + "\n"
	for _, sig := range n.Sigs {
		raw, err := strict.DecodeString(sig.Base64)
		if err != nil || binary.BigEndian.Uint32(raw) != sig.Hash {
			return nil, errors.New("signature: spelling")
		}
		again += "— " + sig.Name + " " + sig.Base64 + "\n"
	}
	if again != text {
		return nil, errors.New("note: lines that nobody vouches for")
	}
	return n, nil
}

type checkpoint struct {
	origin string
	tree   tlog.Tree
}

func parseCheckpoint(text string) (c checkpoint, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return c, errors.New("checkpoint: form")
	}
	n, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != lines[1] {
		return c, errors.New("checkpoint: size")
	}
	hash, err := parseHash(lines[2])
	return checkpoint{lines[0], tlog.Tree{N: n, Hash: hash}}, err
}

func parseHash(text string) (h tlog.Hash, err error) {
	raw, err := strict.DecodeString(text)
	if err != nil || len(raw) != tlog.HashSize {
		return h, errors.New("hash: form")
	}
	copy(h[:], raw)
	return h, nil
}

type bundle struct{ Format, Certificate, Key, Leaf, Proof, Manifest string }

func verifyBundle(file []byte, root string) error {
	var b bundle
	decoder := json.NewDecoder(bytes.NewReader(file))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&b); err != nil || b.Format != "cease/bundle/v1" {
		return errors.New("bundle: form")
	}
	// encoding/json takes names of fields in any case.
	for _, name := range []string{"format", "certificate", "key", "leaf", "proof", "manifest"} {
		if !bytes.HasSuffix(file, []byte("\"\n}\n")) || !bytes.Contains(file, []byte("\n  \""+name+"\": \"")) {
			return errors.New("bundle: spelling")
		}
	}
	rootKey, err := note.NewVerifier(root)
	if err != nil {
		return err
	}
	manifest, err := open(b.Manifest, rootKey)
	if err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	var origin string
	var logs, all []note.Verifier
	var certifierKeys []string
	for _, line := range strings.Split(manifest.Text, "\n") {
		fields := strings.Split(line, " ")
		switch fields[0] {
		case "origin":
			origin = fields[1]
		case "log", "certificate":
			key, err := note.NewVerifier(fields[1])
			if err != nil {
				return err
			}
			if fields[0] == "log" {
				logs, all = append(logs, key), append(all, key)
			} else {
				certifierKeys = append(certifierKeys, fields[1])
			}
		case "witness":
			key, err := newCosigner(fields[1])
			if err != nil {
				return err
			}
			all = append(all, key)
		}
	}
	if err := verifyCertificate(b.Certificate, certifierKeys); err != nil {
		return err
	}
	key, err := strict.DecodeString(b.Key)
	if err != nil {
		return errors.New("key: form")
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(b.Certificate))
	leaf := strings.Split(b.Leaf, "\n")
	if len(leaf) != 5 || leaf[0] != "cancel/v1" || leaf[1] != "effected" || leaf[4] != "" ||
		leaf[3] != base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
		return errors.New("leaf: not of this certificate")
	}
	return verifyProof(b.Proof, origin, tlog.RecordHash([]byte(b.Leaf)), logs, all)
}

func verifyProof(text, origin string, leaf tlog.Hash, logs, all []note.Verifier) error {
	head, signed, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return errors.New("proof: form")
	}
	index := strings.TrimPrefix(lines[1], "index ")
	n, err := strconv.ParseInt(index, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != index {
		return errors.New("proof: index")
	}
	var path tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := parseHash(line)
		if err != nil {
			return err
		}
		path = append(path, hash)
	}
	opened, err := open(signed, all...)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	byLog := false
	for _, sig := range opened.Sigs {
		for _, key := range logs {
			byLog = byLog || key.Name() == sig.Name && key.KeyHash() == sig.Hash
		}
	}
	c, err := parseCheckpoint(opened.Text)
	if err != nil {
		return err
	}
	if !byLog || c.origin != origin {
		return errors.New("checkpoint: not of this log")
	}
	return tlog.CheckRecord(path, c.tree.N, c.tree.Hash, n, leaf)
}

// verifyCertificate checks the envelope: Ed25519 over a line of domain and all bytes before the signature's line.
func verifyCertificate(file string, trusted []string) error {
	const before, end = "  \"signature\": \"", "\"\n}\n"
	at := strings.LastIndex(file, before)
	if at < 0 || !strings.HasSuffix(file, end) || len(file) < at+len(before)+len(end) {
		return errors.New("certificate: form")
	}
	sig, err := strict.DecodeString(file[at+len(before) : len(file)-len(end)])
	if err != nil || len(sig) != ed25519.SignatureSize {
		return errors.New("certificate: signature")
	}
	for _, vkey := range trusted {
		if !strings.Contains(file[:at], ",\n  \"key\": \""+vkey+"\",\n") {
			continue
		}
		raw, err := strict.DecodeString(vkey[strings.LastIndex(vkey[:len(vkey)-44], "+")+1:])
		if err != nil || len(raw) != 33 {
			return errors.New("certificate: key")
		}
		if ed25519.Verify(raw[1:], []byte("cease/document/v1\n"+file[:at]), sig) {
			return nil
		}
	}
	return errors.New("certificate: not signed by a key of the manifest")
}

// tiles reads them from a directory in C2SP's layout.
type tiles string

func (d tiles) Height() int                     { return 8 }
func (d tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (d tiles) ReadTiles(want []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, t := range want {
		// Go's path names the height, C2SP's does not.
		path := strings.Replace(t.Path(), "tile/8/", "tile/", 1)
		read, err := os.ReadFile(filepath.Join(string(d), path))
		if err != nil {
			return nil, err
		}
		data = append(data, read)
	}
	return data, nil
}

func verifyLog(dir, key string) (proofs int, err error) {
	logKey, err := note.NewVerifier(key)
	if err != nil {
		return 0, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "checkpoint.*"))
	if err != nil || len(files) == 0 {
		return 0, errors.New("no checkpoints")
	}
	var heads []checkpoint
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		n, err := open(string(text), logKey)
		if err != nil {
			return 0, err
		}
		c, err := parseCheckpoint(n.Text)
		if err != nil {
			return 0, err
		}
		heads = append(heads, c)
	}
	newest := heads[0]
	for _, c := range heads {
		if c.tree.N > newest.tree.N {
			newest = c
		}
	}
	leaves, err := readLeaves(dir, newest.tree.N)
	if err != nil {
		return 0, err
	}
	reader := tlog.TileHashReader(newest.tree, tiles(dir))
	for n := int64(0); n < newest.tree.N; n++ {
		proof, err := tlog.ProveRecord(newest.tree.N, n, reader)
		if err != nil {
			return 0, err
		}
		if err := tlog.CheckRecord(proof, newest.tree.N, newest.tree.Hash, n, tlog.RecordHash(leaves[n])); err != nil {
			return 0, fmt.Errorf("leaf %d: %w", n, err)
		}
		ours, err := readHashes(filepath.Join(dir, fmt.Sprintf("inclusion.%d", n)))
		if err != nil || !equal(ours, proof) {
			return 0, fmt.Errorf("leaf %d: another proof than Go's", n)
		}
		proofs++
	}
	for _, c := range heads {
		ours, err := readHashes(filepath.Join(dir, fmt.Sprintf("consistency.%d", c.tree.N)))
		if err != nil {
			return 0, err
		}
		if c.tree.N == newest.tree.N {
			continue
		}
		if err := tlog.CheckTree(ours, newest.tree.N, newest.tree.Hash, c.tree.N, c.tree.Hash); err != nil {
			return 0, fmt.Errorf("from %d: %w", c.tree.N, err)
		}
		proofs++
	}
	return proofs, nil
}

func readLeaves(dir string, size int64) (leaves [][]byte, err error) {
	for n := int64(0); n*256 < size; n++ {
		width := int(min(size-n*256, 256))
		path := strings.Replace(tlog.Tile{H: 8, L: -1, N: n, W: width}.Path(), "tile/8/data/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			return nil, err
		}
		for len(data) >= 2 {
			length := int(binary.BigEndian.Uint16(data))
			if len(data) < 2+length {
				return nil, errors.New("entries: cut")
			}
			leaves, data = append(leaves, data[2:2+length]), data[2+length:]
		}
	}
	if int64(len(leaves)) != size {
		return nil, fmt.Errorf("entries: %d of %d", len(leaves), size)
	}
	return leaves, nil
}

func readHashes(path string) (hashes []tlog.Hash, err error) {
	data, err := os.ReadFile(path)
	for ; err == nil && len(data) >= tlog.HashSize; data = data[tlog.HashSize:] {
		var hash tlog.Hash
		copy(hash[:], data)
		hashes = append(hashes, hash)
	}
	return hashes, err
}

func equal(a, b []tlog.Hash) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "verify bundle|mutations FILE ROOT-KEY, verify log DIR LOG-KEY")
		os.Exit(2)
	}
	what, path, key := os.Args[1], os.Args[2], os.Args[3]
	var err error
	switch what {
	case "log":
		var proofs int
		if proofs, err = verifyLog(path, key); err == nil {
			fmt.Println(proofs, "proofs")
		}
	case "bundle", "mutations":
		var file []byte
		if file, err = os.ReadFile(path); err != nil {
			break
		}
		if err = verifyBundle(file, key); err != nil || what == "bundle" {
			break
		}
		accepted := 0
		for at := range file {
			for bit := 0; bit < 8; bit++ {
				file[at] ^= 1 << bit
				if verifyBundle(file, key) == nil {
					accepted++
					fmt.Fprintf(os.Stderr, "byte %d, bit %d: accepted\n", at, bit)
				}
				file[at] ^= 1 << bit
			}
		}
		fmt.Println(len(file)*8, "mutations,", accepted, "accepted")
	default:
		err = errors.New("no such command")
	}
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}
